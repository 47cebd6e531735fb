// Signing in and out, and the theme. Everything else is chat-app.js.

import { App } from "./chat-app.js";
import { byId, icon } from "./chat-dom.js";
import { identity, theme } from "./chat-settings.js";
import { refusalReason, refusalText } from "./chat-text.js";

const USER = /^[A-Za-z0-9._+@-]{1,128}$/;
const THEMES = ["system", "light", "dark"];
const isApple = /Mac|iPhone|iPad/.test(navigator.platform);

let app = null;

function socketURL() {
  const url = new URL("v1/ws", location.href);
  url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
  url.hash = url.search = "";
  return url.href;
}

function signIn({ user, token }) {
  let newest = token;
  identity.set({ user, token });
  byId("sign-in").hidden = true;
  byId("app").hidden = false;
  app = new App({
    url: socketURL(), user, token,
    onRefused: (error) => signOut(error),
    onRenamed(name) {
      app.close();
      signIn({ user: name, token: newest });
    },
    onRenewed(fresh) {
      newest = fresh;
      identity.set({ user, token: fresh });
    },
  });
}

function signOut(error) {
  const { user, token } = identity.get();
  app?.close();
  app = null;
  identity.clear();
  history.replaceState(null, "", location.pathname + location.search);
  askForName(user);
  if (!error) return;
  byId("sign-in-token-details").open = token !== "";
  tellProblem(refusalText(error, token !== ""), {
    field: error.code === "ERROR_CODE_UNAUTHENTICATED" ? "token" : "name", reason: refusalReason(error),
  });
}

function askForName(user = "") {
  byId("app").hidden = true;
  byId("sign-in").hidden = false;
  byId("sign-in-name").value = user;
  byId("sign-in-token").value = "";
  tellProblem("");
  byId("sign-in-name").focus();
}

/** Tells what is wrong with a field, "name" or "token", and goes there; with nothing, nothing is wrong any more. */
function tellProblem(problem, { field = "name", reason = "" } = {}) {
  byId("sign-in-problem").textContent = problem;
  byId("sign-in-reason").textContent = reason;
  for (const [name, notes] of [["name", []], ["token", ["token-note"]]]) {
    const isWrong = problem !== "" && name === field;
    byId(`sign-in-${name}`).setAttribute("aria-invalid", String(isWrong));
    byId(`sign-in-${name}`).setAttribute("aria-describedby", [...(isWrong ? ["sign-in-problem"] : []), ...notes].join(" "));
  }
  if (problem === "") return;
  if (field === "token") byId("sign-in-token-details").open = true;
  byId(`sign-in-${field}`).focus();
}

byId("sign-in-form").onsubmit = (event) => {
  event.preventDefault();
  const user = byId("sign-in-name").value.trim();
  const token = byId("sign-in-token").value.trim();
  // A token may say who it is.
  if (!USER.test(user) && (user !== "" || token === "")) {
    tellProblem(user === "" ? "Type a name." : "A name has letters, digits and . _ - + @ and nothing else.");
    return;
  }
  signIn({ user, token });
};
byId("sign-in-name").oninput = byId("sign-in-token").oninput = () => tellProblem("");

// The account menu

function showMenu(isShown) {
  byId("account-menu").hidden = !isShown;
  byId("account").setAttribute("aria-expanded", String(isShown));
}

byId("account").onclick = () => {
  showMenu(byId("account-menu").hidden);
  if (!byId("account-menu").hidden) byId("sign-out").focus();
};
byId("sign-out").onclick = () => {
  showMenu(false);
  signOut();
};
document.addEventListener("click", ({ target }) => {
  if (!byId("account").contains(target) && !byId("account-menu").contains(target)) showMenu(false);
});
byId("account-menu").onkeydown = (event) => {
  if (event.key !== "Escape" && event.key !== "Tab") return;
  event.preventDefault();
  showMenu(false);
  byId("account").focus();
};

// The theme

function showTheme() {
  const chosen = theme.get();
  if (chosen === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = chosen;
  const label = { system: "Theme: as the system", light: "Theme: light", dark: "Theme: dark" }[chosen];
  byId("theme").replaceChildren(icon(`theme-${chosen}`));
  byId("theme").title = label;
  byId("theme").setAttribute("aria-label", label);
}

byId("theme").onclick = () => {
  theme.set(THEMES[(THEMES.indexOf(theme.get()) + 1) % THEMES.length]);
  showTheme();
};

byId("shortcut").textContent = isApple ? "⌘ K" : "Ctrl K";
showTheme();
const known = identity.get();
if (USER.test(known.user)) signIn(known);
else askForName();
