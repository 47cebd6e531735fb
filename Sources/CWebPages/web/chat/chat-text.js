// Text of others, shown as text and as nothing else; and times, sizes and reasons for people.

import { element } from "./chat-dom.js";

/** What is shown of a long text until all of it is asked for. */
const SHOWN_CHARACTERS = 1500;
const SHOWN_LINES = 40;
/** Links made of one text; more stay text. */
const LINK_LIMIT = 20;
const LINK_CHARACTERS = 2000;
const PREVIEW_CHARACTERS = 140;

// Control characters but tab and newline, and those that change the direction of what follows them.
const INVISIBLE = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g;
const LINK = /https?:\/\/[^\s<>"'`\u0000-\u001f]+/gi;
const AFTER_LINK = /[.,:;!?)\]}»”’*_]+$/u;

/** The text with what cannot be seen, and could mislead, made visible. */
export function visible(text) {
  return text.replace(/\r\n?|[\u2028\u2029]/g, "\n").replace(INVISIBLE, (character) => {
    const code = character.codePointAt(0);
    if (code < 0x20) return String.fromCodePoint(0x2400 + code);
    if (code === 0x7f) return "\u2421";
    return `[U+${code.toString(16).toUpperCase().padStart(4, "0")}]`;
  });
}

/** One line of it, for lists. */
export function preview(text) {
  const start = text.slice(0, PREVIEW_CHARACTERS * 2);
  return visible(start).replace(/\s+/g, " ").trim().slice(0, PREVIEW_CHARACTERS).replace(/[\ud800-\udbff]$/, "");
}

/** The beginning of a long text, as it is shown; null if the text is not long. */
export function beginning(text) {
  // One more, to see that there is more. What is made visible takes more room.
  const shown = visible(text.slice(0, SHOWN_CHARACTERS + 1));
  let end = Math.min(shown.length, SHOWN_CHARACTERS);
  let line = 0;
  for (let found = shown.indexOf("\n"); found >= 0 && found < end; found = shown.indexOf("\n", found + 1)) {
    line += 1;
    if (line === SHOWN_LINES) end = found;
  }
  if (end === shown.length && text.length <= SHOWN_CHARACTERS) return null;
  return shown.slice(0, end).replace(/[\ud800-\udbff]$/, "");
}

/**
 * Nodes of a text that was made visible: text, and links where it has addresses of pages. Of a text that goes on, what
 * reaches the end may be half an address, which leads elsewhere.
 */
export function textNodes(shown, { goesOn = false } = {}) {
  const nodes = [];
  let end = 0;
  for (const match of shown.matchAll(LINK)) {
    if (nodes.length >= LINK_LIMIT * 2) break;
    if (goesOn && match.index + match[0].length === shown.length) break;
    const address = trimmed(match[0]);
    const url = address.length <= LINK_CHARACTERS && URL.canParse(address) ? new URL(address) : null;
    // With a user name in front, the address is not what it looks like.
    if (!url || !["http:", "https:"].includes(url.protocol) || url.username || url.password) continue;
    if (match.index > end) nodes.push(shown.slice(end, match.index));
    nodes.push(element("a", {
      href: url.href, target: "_blank", rel: "noopener noreferrer", title: url.href, dir: "ltr",
    }, address));
    end = match.index + address.length;
  }
  if (end < shown.length) nodes.push(shown.slice(end));
  return nodes;
}

/** A bracket at the end belongs to the address only if it was opened there. */
function trimmed(address) {
  let end = address.replace(AFTER_LINK, "");
  if (address[end.length] === ")" && end.includes("(") && !end.includes(")")) end += ")";
  return end;
}

const formats = {
  time: new Intl.DateTimeFormat(undefined, { hour: "numeric", minute: "2-digit" }),
  weekday: new Intl.DateTimeFormat(undefined, { weekday: "long" }),
  day: new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short" }),
  longDay: new Intl.DateTimeFormat(undefined, { weekday: "long", day: "numeric", month: "long" }),
  year: new Intl.DateTimeFormat(undefined, { dateStyle: "long" }),
  full: new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "medium" }),
};
const DAY_MS = 86_400_000;

const format = (name, time) => (Math.abs(time) <= 8.64e15 ? formats[name].format(time) : "");

export const clockTime = (time) => format("time", time);
export const fullTime = (time) => format("full", time);

/** The day of a time as a number of days, by the clock on the wall here. */
export function dayOf(time) {
  const date = new Date(time);
  return Math.floor((time - date.getTimezoneOffset() * 60_000) / DAY_MS);
}

export function dayTitle(time, now = Date.now()) {
  const days = dayOf(now) - dayOf(time);
  if (days === 0) return "Today";
  if (days === 1) return "Yesterday";
  if (days > 1 && days < 7) return format("weekday", time);
  return format(new Date(time).getFullYear() === new Date(now).getFullYear() ? "longDay" : "year", time);
}

/** When something was, short enough for a list. */
export function listTime(time, now = Date.now()) {
  if (!time) return "";
  const days = dayOf(now) - dayOf(time);
  if (days === 0) return clockTime(time);
  return days === 1 ? "Yesterday" : format("day", time);
}

export function size(bytes) {
  if (bytes < 1024) return `${bytes} ${bytes === 1 ? "byte" : "bytes"}`;
  return bytes < 1024 * 1024 ? `${Math.round(bytes / 1024)} KB` : `${(bytes / 1024 / 1024).toFixed(1)} MB`;
}

export const plural = (count, one, many = `${one}s`) => `${count.toLocaleString()} ${count === 1 ? one : many}`;

export function gapText({ from, sequence, reason }) {
  if (reason === "GAP_REASON_EPOCH_CHANGED") return "This conversation was made anew. What was here before is gone.";
  if (reason === "GAP_REASON_LOG_TRUNCATED") return "The end of this conversation was lost on the broker.";
  const count = sequence - from + 1;
  return `${plural(count, "message")} ${count === 1 ? "is" : "are"} no longer kept`;
}

/** What a message is, where there is no room for the message. */
export function summary(message) {
  return message.text === null
    ? `${preview(message.contentType)}, ${size(message.body.length)}`
    : preview(message.text);
}

/**
 * Why somebody is not let in, and what to do, for people; the broker's own sentence is for who writes programs.
 *
 * @param {{code: string, message: string}} error
 * @param {boolean} hasToken whether one was sent
 */
export function refusalText({ code }, hasToken) {
  switch (code) {
    case "ERROR_CODE_UNAUTHENTICATED":
      return hasToken
        ? "This token is wrong or has expired. Ask for a new one where you got it."
        : "You need a token to sign in here. Ask for one where you were told of this chat.";
    case "ERROR_CODE_PERMISSION_DENIED":
      return "The name and the token do not belong together: this token is somebody else’s.";
    case "ERROR_CODE_INVALID_ARGUMENT":
      return "This name cannot be used here. Pick another one.";
    default:
      return "This did not work just now. Try again in a moment.";
  }
}

/** The same for whom people ask when it does not help. */
export const refusalReason = ({ code, message }) => `${code.replace("ERROR_CODE_", "")}: ${message}`;
