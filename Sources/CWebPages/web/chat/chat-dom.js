// Elements without markup in strings.

const SVG = "http://www.w3.org/2000/svg";
const TINTS = 8;

/**
 * @param {string} tag
 * @param {object} properties `class`, `on…` handlers; names with a dash, `role` and `for` are attributes, others
 *   properties
 */
export function element(tag, properties = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined || value === null) continue;
    if (name === "class") made.className = value;
    else if (name.includes("-") || name === "role" || name === "for") made.setAttribute(name, value);
    else made[name] = value;
  }
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}

/** A picture of the sprite in index.html. */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS(SVG, "use");
  use.setAttribute("href", `#icon-${name}`);
  svg.append(use);
  return svg;
}

/** The class of a name's colour: always the same one. */
export function tint(name) {
  let hash = 0;
  for (const character of name) hash = (Math.imul(hash, 31) + character.codePointAt(0)) | 0;
  return `tint-${Math.abs(hash) % TINTS}`;
}

const SYMBOLS = { group: "group", broadcast: "broadcast" };

/** A round picture of a user, a group or a broadcast. */
export function avatar(kind, title) {
  const content = SYMBOLS[kind] ? icon(SYMBOLS[kind]) : (Array.from(title)[0] ?? "?").toUpperCase();
  return element("span", { class: `avatar ${kind} ${tint(title)}`, "aria-hidden": "true" }, content);
}

export const byId = (id) => document.getElementById(id);
