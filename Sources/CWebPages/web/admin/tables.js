// Tables whose rows keep their elements from one look to the next: focus, selection and the pointer stay
// where they are while the numbers move.

import { make, setText } from "./dom.js";

/** Rows that come and go while the table is held; with more it moves again. */
const HELD_ROWS = 60;

/**
 * `columns`: `[{ title, isNumber, isWide, isHidden, make() → { node, update(item) } }]`. A wide column goes when
 * the screen is narrow.
 */
export class KeyedTable {
  #columns;
  #keyOf;
  #rows = new Map();
  #body = make("tbody");
  #table;
  #empty = make("p", { class: "empty" });
  element;

  constructor({ caption, columns, keyOf }) {
    this.#columns = columns;
    this.#keyOf = keyOf;
    const heads = columns.map((column) => make("th", { scope: "col", class: classOf(column) },
      column.isHidden ? make("span", { class: "unseen" }, column.title) : column.title));
    this.#table = make("table", {}, make("caption", { class: "unseen" }, caption),
      make("thead", {}, make("tr", {}, ...heads)), this.#body);
    this.element = make("div", { class: "table" }, this.#table, this.#empty);
    this.show([], "");
  }

  /** Shows items in their order, or a sentence if there are none. */
  show(items, whenEmpty) {
    const wanted = new Set(items.map(this.#keyOf));
    // Rows do not move under a pointer that is about to press, nor under the focus.
    const isHeld = this.#rows.size < HELD_ROWS && this.#body.matches(":hover, :focus-within");
    for (const [key, row] of this.#rows) {
      if (wanted.has(key)) continue;
      if (isHeld) {
        row.element.classList.add("gone");
        for (const button of row.element.querySelectorAll("button")) button.setAttribute("aria-disabled", "true");
      } else {
        row.element.remove();
        this.#rows.delete(key);
      }
    }
    let place = this.#body.firstElementChild;
    for (const item of items) {
      const key = this.#keyOf(item);
      let row = this.#rows.get(key);
      const isNew = row === undefined;
      if (isNew) {
        row = this.#makeRow();
        this.#rows.set(key, row);
      }
      row.update(item);
      if (row.element.classList.contains("gone")) revive(row.element);
      if (isHeld) {
        if (isNew) this.#body.append(row.element);
      } else if (row.element === place) {
        place = place.nextElementSibling;
      } else {
        this.#body.insertBefore(row.element, place);
      }
    }
    this.#table.hidden = this.#rows.size === 0;
    this.#empty.hidden = this.#rows.size > 0;
    setText(this.#empty, whenEmpty);
  }

  #makeRow() {
    const cells = this.#columns.map((column) => ({ column, part: column.make() }));
    const element = make("tr", {}, ...cells.map(({ column, part }, index) =>
      make(index === 0 ? "th" : "td", { scope: index === 0 ? "row" : undefined, class: classOf(column) }, part.node)));
    return {
      element,
      update(item) {
        for (const { part } of cells) part.update(item);
      },
    };
  }
}

function revive(element) {
  element.classList.remove("gone");
  for (const button of element.querySelectorAll("button")) button.removeAttribute("aria-disabled");
}

function classOf({ isNumber, isWide }) {
  return [isNumber ? "number" : "", isWide ? "wide" : ""].filter(Boolean).join(" ") || undefined;
}

/** A cell with a text that changes. */
export function textCell(textOf, classes) {
  return () => {
    const node = make("span", { class: classes });
    return { node, update: (item) => setText(node, textOf(item)) };
  };
}
