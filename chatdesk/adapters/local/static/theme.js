// Applies the chosen theme before anything is drawn, so that no page flashes in the wrong one.
(() => {
  const chosen = localStorage.getItem("chatdesk.theme");
  if (chosen === "light" || chosen === "dark") document.documentElement.dataset.theme = chosen;
})();
