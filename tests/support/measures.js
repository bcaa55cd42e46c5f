// Measures that tests take of a page; each gives a list of what is wrong. Loaded by the tests alone.
window.doudi = (function () {
  "use strict";
  const CONTROLS = "a[href], button, input:not([type=hidden]), select, textarea, summary";

  function words(element) {
    return `<${element.tagName.toLowerCase()}${element.id ? "#" + element.id : ""}${element.className ? "." + element.className : ""}> ` +
      (element.textContent || element.value || element.name || "").trim().replace(/\s+/g, " ").slice(0, 40);
  }
  function shown(element) {
    const box = element.getBoundingClientRect();
    return box.width > 0 && box.height > 0 && getComputedStyle(element).visibility !== "hidden" && box.right > 0 &&
      !element.closest(".visually-hidden") && (element.checkVisibility ? element.checkVisibility() : true);
  }
  // A link within a line of text, or citing a source at its end, may be as high as the line (WCAG 2.5.8).
  function inLine(element) {
    if (element.tagName !== "A" || getComputedStyle(element).display !== "inline") { return false; }
    let block = element.parentElement;
    while (getComputedStyle(block).display === "inline") { block = block.parentElement; }
    const others = (block.textContent || "").replace(element.textContent, "").trim();
    return others.length > 0;
  }
  // A box or a dot is pressed by its label too.
  function target(element) {
    const box = element.getBoundingClientRect();
    if (!["checkbox", "radio"].includes(element.type)) { return box; }
    const label = document.querySelector(`label[for="${CSS.escape(element.id)}"]`);
    return label ? label.getBoundingClientRect() : box;
  }
  function tooSmall(least) {
    return [...document.querySelectorAll(CONTROLS)].filter(shown).filter((one) => !inLine(one)).flatMap((one) => {
      const box = target(one);
      return Math.min(box.width, box.height) < least - 0.5 ? [`${Math.round(box.width)}x${Math.round(box.height)} ${words(one)}`] : [];
    });
  }
  function tooWide() {
    const over = document.documentElement.scrollWidth - document.documentElement.clientWidth;
    if (over <= 0) { return []; }
    const edge = document.documentElement.clientWidth;
    const wide = [...document.body.querySelectorAll("*")].filter((one) => one.getBoundingClientRect().right > edge + 1);
    return [`${over} px`].concat(wide.slice(-3).map(words));
  }
  // Text that is cut off by its own box.
  function cutOff() {
    return [...document.querySelectorAll("main *, header *, footer *")].filter(shown).filter((one) => {
      const style = getComputedStyle(one);
      return ["hidden", "clip"].includes(style.overflowX) && one.scrollWidth > one.clientWidth + 1 && one.tagName !== "INPUT" &&
        !one.closest(".visually-hidden");
    }).map(words);
  }
  // Links and labels within the page whose target is not there.
  function leadsNowhere() {
    const links = [...document.querySelectorAll("a[href^='#']")].map((one) => one.getAttribute("href").slice(1));
    const named = [...document.querySelectorAll("label[for], [aria-describedby], [aria-labelledby], [aria-controls]")].flatMap((one) =>
      [one.htmlFor, one.getAttribute("aria-describedby"), one.getAttribute("aria-labelledby"), one.getAttribute("aria-controls")]
        .filter(Boolean).flatMap((ids) => ids.split(/\s+/)));
    return [...links.map(decodeURIComponent), ...named].filter((id) => id && !document.getElementById(id));
  }
  const TOLD = { decimal: "12", numeric: "12", tel: "13900001111" };
  function fill() {
    document.querySelectorAll("main details").forEach((one) => { one.open = true; });
    document.querySelectorAll("main input:not([type=hidden]), main select, main textarea").forEach((one) => {
      if (one.readOnly || one.disabled || one.type === "file") { return; }
      if (one.type === "checkbox" || one.type === "radio") { one.checked = true; return; }
      if (one.tagName === "SELECT") { one.selectedIndex = one.options.length - 1; return; }
      one.value = TOLD[one.inputMode] || "王小梅从前住在南湖街道三号，母亲看病花钱多";
    });
  }
  // Room that a reader gave his text (WCAG 1.4.12) must cut nothing off.
  function spaceOut() {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync("* { line-height: 1.5 !important; letter-spacing: .12em !important; word-spacing: .16em !important; } p { margin-bottom: 2em !important; }");
    document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
  }
  // Anything that moves for longer than a blink although the reader asked for rest.
  function moves() {
    return [...document.querySelectorAll("*")].filter((one) => {
      const style = getComputedStyle(one);
      const seconds = (list) => Math.max(...list.split(",").map((one) => parseFloat(one) || 0));
      return (style.animationName !== "none" && seconds(style.animationDuration) > 0.01) ||
        (style.transitionProperty !== "none" && seconds(style.transitionDuration) > 0.01);
    }).map(words);
  }
  // Marks that only colour carries, which the system's own colours would wash out.
  function fadesAway() {
    if (!matchMedia("(forced-colors: active)").matches) { return ["forced colours are not on"]; }
    return [...document.querySelectorAll(".badge-state, .chip, .btn, .choice label, .form-control, .form-select, .door")].filter(shown)
      .filter((one) => ["none", "hidden"].includes(getComputedStyle(one).borderTopStyle)).map(words);
  }
  // What has the focus, and how one sees it.
  function focused() {
    const one = document.activeElement;
    if (!one || one === document.body) { return null; }
    const style = getComputedStyle(one);
    const label = ["checkbox", "radio"].includes(one.type) && one.nextElementSibling ? getComputedStyle(one.nextElementSibling) : style;
    const ring = (s) => s.outlineStyle !== "none" && parseFloat(s.outlineWidth) >= 2;
    return { words: words(one), id: one.id, tag: one.tagName, type: one.type || "", name: one.name || "", value: one.value || "",
      text: (one.textContent || "").trim().replace(/\s+/g, " "), inMain: Boolean(one.closest("main")), seen: ring(style) || ring(label) };
  }
  return { fadesAway, leadsNowhere, tooSmall, tooWide, cutOff, fill, spaceOut, moves, focused };
})();
