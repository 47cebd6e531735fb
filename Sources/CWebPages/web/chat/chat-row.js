// One line of a conversation: a message, a day, a gap. `plan` says which there are, `createRow` makes the element.

import { avatar, element, icon, tint } from "./chat-dom.js";
import {
  beginning, clockTime, dayOf, dayTitle, fullTime, gapText, plural, preview, size, textNodes, visible,
} from "./chat-text.js";

/** Messages of one sender belong together while no more time than this is between them. */
const GROUP_MS = 5 * 60_000;
/** Of those that wait to be sent, the last ones are shown. */
const SHOWN_OUTBOX = 50;

/**
 * The rows of a part of a log, each with a key that stays and a signature that changes with what it shows.
 *
 * @param {import("./chat-log.js").ConversationLog} log
 * @param {number} start
 * @param {number} end
 */
export function plan(log, start, end, expanded) {
  const rows = [];
  if (start === 0) rows.push(...topRows(log));
  let previous = start > 0 ? log.entries[start - 1] : null;
  let day = previous && !previous.isGap ? dayOf(previous.time) : null;
  const add = (item, row) => {
    if (dayOf(item.time) !== day) {
      day = dayOf(item.time);
      previous = null;
      const title = dayTitle(item.time);
      rows.push({ key: `day before ${row.key}`, kind: "day", signature: title, title });
    }
    const isFirst = !isTogether(previous, item);
    const before = rows.at(-1);
    // The last one of a group has the picture's corner; only the next one tells that it is not the last.
    if (!isFirst && before?.isLast) Object.assign(before, { isLast: false, signature: `${before.signature}+` });
    rows.push({ ...row, isFirst, isLast: true, signature: `${row.signature} ${isFirst}` });
    previous = item;
  };
  for (let index = start; index < end; index += 1) {
    const entry = log.entries[index];
    if (entry.isGap) {
      previous = null;
      rows.push({ key: `gap ${entry.from} ${entry.sequence}`, kind: "gap", signature: "", text: gapText(entry) });
      continue;
    }
    if (entry.sequence === log.unreadFrom) {
      previous = null;
      const isNewDay = dayOf(entry.time) !== day;
      day = dayOf(entry.time);
      const title = isNewDay ? `${dayTitle(entry.time)} · New` : "New";
      rows.push({ key: "unread", kind: "unread", signature: title, title });
    }
    add(entry, messageRow(log, entry, expanded));
  }
  if (end === log.entries.length) {
    for (const item of log.outbox.slice(-SHOWN_OUTBOX)) {
      add({ ...item, sender: log.user }, {
        key: `out ${item.id}`, kind: "message", log, item, sender: log.user, isOwn: true, time: item.time,
        text: item.text, state: item.state, isExpanded: false, signature: item.state,
      });
    }
  }
  return rows;
}

const isTogether = (previous, item) =>
  previous !== null && previous.sender === item.sender && item.time - previous.time < GROUP_MS;

function topRows(log) {
  if (log.isLoading) return [{ key: "top", kind: "loading", signature: "loading", text: "Loading messages…" }];
  if (log.loadError) {
    return [{ key: "top", kind: "failed", signature: log.loadError.message, text: log.loadError.message }];
  }
  if (log.hasOlder) return [];
  if (log.firstHeld > 1) {
    const text = gapText({ from: 1, sequence: log.firstHeld - 1 });
    return [{ key: "top", kind: "gap", signature: text, text }];
  }
  return [{ key: "top", kind: "start", signature: "start", log }];
}

function messageRow(log, message, expanded) {
  const isOwn = message.sender === log.user;
  const progress = isOwn ? log.progress(message.sequence) : null;
  const key = `message ${message.sequence}`;
  const isExpanded = expanded.has(key);
  const signature = `${message.time} ${isExpanded} ${progress ? Object.values(progress).join(" ") : ""}`;
  return {
    key, kind: "message", log, message, sender: message.sender, isOwn, time: message.time, text: message.text,
    state: progress?.state, progress, isExpanded, signature,
  };
}

/** @param {{expand, retry, discard, reload}} actions */
export function createRow(row, actions) {
  switch (row.kind) {
    case "day":
      return element("div", { class: "day", role: "separator", "aria-label": row.title },
        element("span", {}, row.title));
    case "unread":
      return element("div", { class: "unread-line", role: "separator", "aria-label": row.title },
        element("span", {}, row.title));
    case "gap":
      return element("p", { class: "gap" }, icon("gap"), row.text);
    case "loading":
      return element("p", { class: "gap loading" }, row.text);
    case "failed":
      return element("p", { class: "gap" }, row.text, " ", button("Try again", () => actions.reload()));
    case "start":
      return startRow(row.log);
    default:
      return messageElement(row, actions);
  }
}

function startRow({ kind, title }) {
  const text = {
    direct: ["This is the beginning of your conversation with ", element("bdi", {}, preview(title)), "."],
    group: ["This is the beginning of the group ", element("bdi", {}, preview(title)), "."],
    broadcast: ["This is the beginning of the broadcast ", element("bdi", {}, preview(title)), "."],
  }[kind] ?? ["This is the beginning."];
  return element("div", { class: "start" }, avatar(kind, title), element("p", {}, ...text));
}

function messageElement(row, actions) {
  const { log, sender, isOwn, time, state } = row;
  const names = ["message", isOwn ? "own" : "other", row.isFirst ? "first" : "", row.isLast ? "last" : "", state ?? ""];
  const hasSender = !isOwn && log.kind !== "direct";
  const name = preview(sender);
  const bubble = element("div", { class: "bubble" },
    hasSender && row.isFirst ? element("bdi", { class: `sender ${tint(sender)}` }, name) : null,
    element("div", { class: "line" },
      ...content(row, actions),
      element("span", { class: "meta", title: details(row) },
        element("time", { dateTime: Math.abs(time) <= 8.64e15 ? new Date(time).toISOString() : "" }, clockTime(time)),
        isOwn ? tick(state) : null)));
  const label = `${isOwn ? "You" : name}, ${clockTime(time)}`;
  const article = element("article", { class: names.join(" "), "aria-label": label },
    hasSender ? (row.isLast ? avatar("direct", sender) : element("span", { class: "avatar-space" })) : null,
    bubble);
  if (row.message) article.dataset.sequence = row.message.sequence;
  if (state === "failed") article.append(failure(row.item, actions));
  return article;
}

function content(row, actions) {
  if (row.text === null) {
    const { contentType, body } = row.message;
    const type = element("bdi", {}, preview(contentType));
    const bytes = element("span", { class: "attachment-size" }, size(body.length));
    return [element("p", { class: "attachment" }, icon("file"), element("span", {}, type, ", ", bytes))];
  }
  const start = row.isExpanded ? null : beginning(row.text);
  const nodes = textNodes(start ?? visible(row.text), { goesOn: start !== null });
  const text = element("p", { class: "text", dir: "auto" }, ...nodes, start === null ? null : "…");
  if (start === null) return [text];
  const rest = size(new TextEncoder().encode(row.text).length);
  return [text, button(`Show all (${rest})`, () => actions.expand(row.key))];
}

const TICKS = {
  sending: ["clock", "Sending"],
  stored: ["tick", "Stored"],
  delivered: ["ticks", "Delivered"],
  read: ["ticks", "Read"],
  failed: ["failed", "Not sent"],
};

function tick(state) {
  const [name, label] = TICKS[state] ?? TICKS.stored;
  return element("span", { class: `tick ${state}`, role: "img", "aria-label": label }, icon(name));
}

function details({ message, item, log, time, progress }) {
  const sequence = message?.sequence ?? item?.sequence;
  if (!sequence) return item?.state === "failed" ? "Not sent" : "Waiting for the broker to store it";
  const lines = [`${fullTime(time)} · message ${sequence.toLocaleString()}`];
  const receipt = log.receipt(sequence);
  if (receipt) {
    const total = plural(receipt.recipientsTotal, "recipient");
    lines.push(`When it was stored, ${receipt.recipientsOnline.toLocaleString()} of ${total} had a session open`);
  }
  if (progress) lines.push(...progressLines(log, progress));
  return lines.join("\n");
}

/**
 * In a direct conversation it is known how far the other one is. In a group only who has moved while the page was
 * open, and in a large one nobody.
 */
function progressLines({ kind }, { delivered, read, others }) {
  if (kind === "direct") return delivered > 0 ? [read > 0 ? "Read" : "Delivered"] : [];
  if (kind !== "group" || others === 0) return [];
  if (delivered === 0) return ["Who has received it is not known here"];
  const count = (known) => (known < others ? `at least ${known}` : String(known));
  const text = `Delivered to ${count(delivered)} of ${plural(others, "other")}`;
  return [read > 0 ? `${text}, read by ${count(read)}` : text];
}

function failure(item, actions) {
  return element("p", { class: "failure" },
    `Not sent. ${item.error?.message ?? ""} `,
    button("Try again", () => actions.retry(item)), " ",
    button("Discard", () => actions.discard(item)));
}

const button = (text, onclick) => element("button", { type: "button", class: "text-button", onclick }, text);
