// Elements are made here and nowhere else. Text is only ever set as text, never as markup.

/** An element with attributes and children; a child that is a string becomes a text node. */
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === false) continue;
    element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children);
  return element;
}

export function byId(id) {
  return document.getElementById(id);
}

/** Sets the text of an element if it is another one, so that a selection in it survives. */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** Text from outside, isolated from the direction of what is around it, with what is invisible made visible. */
export function foreign(text, whenEmpty = "–") {
  const element = make("bdi", { class: "foreign" });
  setForeign(element, text, whenEmpty);
  return element;
}

export function setForeign(element, text, whenEmpty = "–") {
  const shown = visible(typeof text === "string" ? text : "");
  setText(element, shown === "" ? whenEmpty : shown);
}

/** Controls, direction overrides and characters without width would make two names look the same. */
function visible(text) {
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g,
    (character) => `⟨U+${character.codePointAt(0).toString(16).toUpperCase().padStart(4, "0")}⟩`);
}

/** Says something to everybody: on the screen for a while, and to screen readers. */
export function announce(...content) {
  const toast = byId("announcement");
  toast.replaceChildren(...content);
  toast.classList.add("shown");
  clearTimeout(announce.timer);
  announce.timer = setTimeout(hush, 6000);
}

/** Takes back what was said last. */
export function hush() {
  const toast = byId("announcement");
  clearTimeout(announce.timer);
  toast.classList.remove("shown");
  toast.replaceChildren();
}
