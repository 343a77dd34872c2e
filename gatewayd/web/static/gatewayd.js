// What pages do beyond htmx: everything works without it, only less comfortably.
"use strict";

(() => {
  const root = document.documentElement;

  // The menu of a narrow screen.
  const menu = document.querySelector(".menu-switch");
  const side = document.querySelector(".side");
  menu?.addEventListener("click", () => {
    const open = side.classList.toggle("open");
    menu.setAttribute("aria-expanded", String(open));
    if (open) side.querySelector("a")?.focus();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && side?.classList.contains("open")) menu.click(), menu.focus();
  });

  // Light or dark: kept in a cookie, so that the server writes the page right from the start.
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-theme-switch]");
    if (!button) return;
    const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
    root.dataset.theme = dark ? "light" : "dark";
    document.cookie = `theme=${root.dataset.theme};path=/admin;max-age=31536000;samesite=strict`;
  });

  // The calendar beside a date field: the browser's own, written back as the page's language writes dates.
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-calendar]");
    if (!button) return;
    const native = button.parentElement.querySelector("input[type=date]");
    const typed = button.parentElement.querySelector("input[type=text]");
    const found = typed.value.match(/^(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})$/);
    native.value = found ? `${found[3]}-${found[2].padStart(2, "0")}-${found[1].padStart(2, "0")}` : "";
    native.onchange = () => {
      const [year, month, day] = native.value.split("-");
      if (!year) return;
      typed.value = [day, month, year].join(button.dataset.calendar);
      typed.dispatchEvent(new Event("input", { bubbles: true }));
      typed.focus();
    };
    native.showPicker();
  });

  // Questions before what can't be taken back: a <dialog> of the page, named by the form.
  document.addEventListener("submit", (event) => {
    const dialog = document.getElementById(event.target.dataset.ask);
    if (!dialog || event.target.dataset.sure) return;
    event.preventDefault();
    dialog.returnValue = "";
    dialog.onclose = () => {
      if (dialog.returnValue !== "yes") return;
      event.target.dataset.sure = "yes";
      event.target.requestSubmit(event.submitter);
    };
    dialog.showModal();
  });

  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copy]");
    if (!button) return;
    await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent.trim());
    button.textContent = button.dataset.copied;
  });

  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-print]")) window.print();
  });

  // Live parts: the server says what has changed, the parts that show it fetch themselves anew.
  // Where the stream can't be had they do so by the clock (`every` in their hx-trigger).
  if (document.querySelector("[data-live]") && "EventSource" in window) {
    const stream = new EventSource("/admin/live");
    stream.onmessage = (event) => document.body.dispatchEvent(new Event(`live-${event.data}`));
    window.addEventListener("pagehide", () => stream.close());
  }
})();
