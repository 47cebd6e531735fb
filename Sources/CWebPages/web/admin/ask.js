// One question at a time, in a dialog.

import { byId, setText } from "./dom.js";

/**
 * Shows a dialog and resolves to true if its button did what it says. `action` is awaited with the dialog open; if
 * it fails, the dialog says why and stays. Without `yes` the dialog only shows something.
 */
export function ask({ title, body, yes, no = "Cancel", action, isReady, isDanger = true, focus }) {
  const dialog = byId("ask");
  const [yesButton, noButton, error] = [byId("ask-yes"), byId("ask-no"), byId("ask-error")];
  if (dialog.open) return Promise.resolve(false);
  setText(byId("ask-title"), title);
  byId("ask-body").replaceChildren(...body);
  setText(error, "");
  setText(yesButton, yes ?? "");
  setText(noButton, no);
  yesButton.hidden = yes === undefined;
  yesButton.className = isDanger ? "danger" : "primary";

  return new Promise((resolve) => {
    const listening = new AbortController();
    const { signal } = listening;
    let isDone = false;
    const refresh = () => { yesButton.disabled = isReady !== undefined && !isReady(); };
    refresh();
    byId("ask-body").addEventListener("input", refresh, { signal });
    noButton.addEventListener("click", () => dialog.close(), { signal });
    // A press beside the dialog closes it.
    dialog.addEventListener("pointerdown", (event) => {
      const box = dialog.getBoundingClientRect();
      const isBeside = event.clientX < box.left || event.clientX > box.right
        || event.clientY < box.top || event.clientY > box.bottom;
      if (event.target === dialog && isBeside) dialog.close();
    }, { signal });
    dialog.addEventListener("close", () => {
      listening.abort();
      byId("ask-body").replaceChildren();
      resolve(isDone);
    }, { signal });
    const press = async () => {
      if (yesButton.disabled) return;
      yesButton.disabled = true;
      try {
        await action?.();
        isDone = true;
        dialog.close();
      } catch (problem) {
        setText(error, problem.message);
        refresh();
      }
    };
    yesButton.addEventListener("click", press, { signal });
    byId("ask-body").addEventListener("keydown", (event) => {
      if (event.key === "Enter" && event.target instanceof HTMLInputElement) press();
    }, { signal });
    dialog.showModal();
    (focus ?? noButton).focus();
  });
}
