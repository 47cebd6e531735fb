// Draining this node: asked for twice, because it cannot be taken back.

import { ask } from "./ask.js";
import { foreign, make } from "./dom.js";
import { count, number } from "./format.js";

/** Resolves to what the broker said if it is draining now, else to null. */
export async function askToDrain(api, broker, sessions) {
  const name = make("input", { id: "drain-name", type: "text", autocomplete: "off", autocapitalize: "off",
    spellcheck: "false" });
  const connected = number(sessions) ?? 0;
  let answer = null;
  const isDone = await ask({
    title: "Drain this node?",
    body: [
      make("ul", {},
        make("li", {}, "It takes no new sessions from now on."),
        make("li", {}, connected === 0 ? "No session is connected."
          : `${connected === 1 ? "The one session" : `The ${count(connected)} sessions`} connected here will be asked,
          a few at a time, to connect elsewhere. No message is lost.`),
        make("li", {}, "Then the broker stops. If it is the only node, chat is down until you start it again."),
        make("li", {}, "This cannot be taken back.")),
      make("label", { for: "drain-name" }, "Type the node’s name, ", make("strong", {}, foreign(broker.node)),
        ", to confirm"),
      name,
    ],
    yes: "Drain this node",
    isReady: () => name.value.trim() === String(broker.node ?? "").trim() && name.value.trim() !== "",
    focus: name,
    action: async () => { answer = await api.drain(); },
  });
  return isDone ? answer : null;
}
