// Runs before the first paint, as a plain blocking script: a module would flash the wrong theme.
(() => {
  const root = document.documentElement;
  const system = matchMedia("(prefers-color-scheme: dark)");
  const read = () => {
    try {
      return localStorage.getItem("themeMode") || "system";
    } catch {
      return "system"; // storage may be forbidden; the choice then lasts as long as the page
    }
  };
  const apply = (choice) => {
    root.classList.toggle("dark", choice === "dark" || (choice === "system" && system.matches));
    root.dataset.themeChoice = choice;
    document.dispatchEvent(new CustomEvent("findigi:theme"));
  };
  root.classList.remove("no-js");
  apply(read());
  system.addEventListener("change", () => apply(root.dataset.themeChoice));
  window.findigiTheme = (choice) => {
    try {
      localStorage.setItem("themeMode", choice);
    } catch {
      // as above
    }
    apply(choice);
  };
})();
