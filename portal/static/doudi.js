// Improves pages that already work without it. Each part stands alone: one that fails does not stop the others.
(function () {
  "use strict";

  function part(improve) {
    try { improve(); } catch (problem) { if (window.console) { window.console.warn(problem); } }
  }
  function all(selector, todo) { document.querySelectorAll(selector).forEach(todo); }

  // What is wrong comes first.
  part(function () {
    var summary = document.getElementById("error-summary");
    if (summary) { summary.focus(); }
  });

  // Nothing is sent twice, and nothing into a dead line: what was typed stays on the page.
  part(function () {
    var cutOff = document.getElementById("offline");
    document.addEventListener("submit", function (event) {
      var form = event.target;
      if (form.dataset.sent || (cutOff && window.navigator.onLine === false)) {
        event.preventDefault();
        if (!form.dataset.sent) { cutOff.hidden = false; cutOff.scrollIntoView({ block: "nearest" }); }
        return;
      }
      form.dataset.sent = "yes";
      window.setTimeout(function () { delete form.dataset.sent; }, 4000);
    });
    window.addEventListener("pageshow", function () {
      all("form[data-sent]", function (form) { delete form.dataset.sent; });
    });
    window.addEventListener("online", function () { if (cutOff) { cutOff.hidden = true; } });
  });

  part(function () {
    all("button[data-print]", function (button) {
      button.hidden = false;
      button.addEventListener("click", function () { window.print(); });
    });
    // What to bring and where to go is what paper is for.
    window.addEventListener("beforeprint", function () {
      all("section.card-box > details:last-of-type:not([open])", function (folded) { folded.open = true; folded.dataset.printed = "yes"; });
    });
    window.addEventListener("afterprint", function () {
      all("details[data-printed]", function (opened) { opened.open = false; delete opened.dataset.printed; });
    });
  });

  // Large text at once, so that nothing typed is lost; the cookie follows behind.
  part(function () {
    all("a[data-text]", function (link) {
      link.addEventListener("click", function (event) {
        if (!window.fetch) { return; }
        event.preventDefault();
        window.fetch(link.href, { redirect: "manual" });
        document.documentElement.classList.toggle("large", link.dataset.text === "large");
        all("a[data-text]", function (other) { other.hidden = !other.hidden; if (!other.hidden) { other.focus(); } });
      });
    });
  });

  // Reads a part of the page sentence by sentence, each in its language; a second press stops it.
  part(function () {
    var voice = window.speechSynthesis, spoken = null;
    if (!voice || !window.SpeechSynthesisUtterance) { return; }
    var tags = { "zh-Hans": "zh-CN", "zh-Hant": "zh-TW" };
    function unread(element) {
      return element.closest("button, script, .read-aloud, .back, details:not([open]) > :not(summary), [aria-hidden='true'], [hidden]");
    }
    function sentences(target) {
      var found = [], walker = document.createTreeWalker(target, window.NodeFilter.SHOW_TEXT), node;
      while ((node = walker.nextNode())) {
        var words = node.data.replace(/\s+/g, " ").trim(), parent = node.parentElement;
        if (!words || unread(parent)) { continue; }
        var tag = parent.closest("[lang]").lang, last = found[found.length - 1];
        var inline = last && last.tag === tag && last.block === parent.closest("p, li, label, h1, h2, h3, dt, dd, legend, blockquote");
        if (inline) { last.words += words; continue; }
        found.push({ words: words, tag: tag, block: parent.closest("p, li, label, h1, h2, h3, dt, dd, legend, blockquote") });
      }
      return found;
    }
    function quiet() {
      voice.cancel();
      if (spoken) { spoken.setAttribute("aria-pressed", "false"); }
      spoken = null;
    }
    all("button.read-aloud", function (button) {
      button.hidden = false;
      button.setAttribute("aria-pressed", "false");
      button.addEventListener("click", function () {
        var again = spoken === button, target = document.getElementById(button.dataset.read);
        quiet();
        if (again || !target) { return; }
        spoken = button;
        button.setAttribute("aria-pressed", "true");
        sentences(target).forEach(function (one, place, list) {
          var speech = new window.SpeechSynthesisUtterance(one.words);
          speech.lang = tags[one.tag] || one.tag;
          speech.rate = 0.9;
          if (place === list.length - 1) { speech.onend = quiet; }
          voice.speak(speech);
        });
      });
    });
    window.addEventListener("pagehide", quiet);
  });
})();
