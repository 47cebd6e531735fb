// Before anything is drawn: the theme that was chosen here. Without one, that of the system.
try {
  const chosen = JSON.parse(localStorage.getItem("chat.theme"));
  if (chosen === "light" || chosen === "dark") document.documentElement.dataset.theme = chosen;
} catch {
  // Storage is refused: the theme of the system.
}
