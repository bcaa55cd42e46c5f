// Improves the staff's pages, which all work without it. One function per area; each looks for its own elements.
(function () {
  "use strict";

  // frame: fetch() that a signed-out answer sends to the sign-in page instead of filling it into the page
  var lastSeen = Date.now();
  function over() {
    var stay = document.getElementById("stay"), typed = typedForm();
    if (typed) { keepTyped(typed); } else if (stay) { window.location.replace(stay.dataset.over); } else { window.location.reload(); }
  }

  // What was typed and not sent goes to the server when the time is over, marked so that it is kept and not done.
  function typedForm() {
    return Array.prototype.filter.call(document.querySelectorAll("form[data-kept]"), function (form) {
      return Array.prototype.some.call(form.querySelectorAll("input, textarea"), function (field) {
        return /^(checkbox|radio)$/.test(field.type) ? field.checked !== field.defaultChecked : field.value !== field.defaultValue;
      });
    })[0];
  }
  function keepTyped(form) {
    var mark = document.createElement("input");
    mark.type = "hidden"; mark.name = "keep_only"; mark.value = "1";
    form.appendChild(mark);
    form.removeAttribute("data-kept"); // once
    window.HTMLFormElement.prototype.submit.call(form);
  }
  window.doudiFetch = function (url, options) {
    return window.fetch(url, options).then(function (answer) {
      if (answer.status === 401) { over(); } else { noteSeen(); }
      return answer;
    });
  };

  // frame: whoever types or clicks stays signed in; whoever does not is warned, then the page is cleared away.
  // Other windows of the same person tell each other by a time of day in the browser's storage, nothing else.
  var SEEN = "doudi-staff-seen";
  function noteSeen() {
    lastSeen = Date.now();
    var ends = document.querySelector("[data-ends]"), stay = document.getElementById("stay");
    if (ends && stay) {
      var end = new Date(lastSeen + 1000 * Number(stay.dataset.idle));
      ends.textContent = ends.textContent.replace(/\d\d:\d\d/, end.toLocaleTimeString("en-GB", { timeZone: "Asia/Shanghai", hour: "2-digit", minute: "2-digit" }));
    }
    try { window.localStorage.setItem(SEEN, String(lastSeen)); } catch (_error) { return; }
  }
  function seen() {
    try { return Math.max(lastSeen, Number(window.localStorage.getItem(SEEN)) || 0); } catch (_error) { return lastSeen; }
  }
  (function () {
    var stay = document.getElementById("stay");
    if (!stay) { return; }
    var idle = Number(stay.dataset.idle), warn = Number(stay.dataset.warn), active = false, asking = false, before = null;
    var left = stay.querySelector("[data-left]");
    noteSeen();
    function keep() {
      if (asking) { return; }
      asking = true;
      active = false;
      window.doudiFetch(stay.dataset.stay, { method: "POST", headers: { "X-CSRFToken": stay.dataset.token, Accept: "application/json" } })
        .catch(function () { return null; })
        .then(function () { asking = false; });
    }
    function hide() {
      if (stay.hidden) { return; }
      var back = stay.contains(document.activeElement) ? before : null;
      stay.hidden = true;
      if (back && back.isConnected) { back.focus(); }
    }
    stay.querySelector("button").addEventListener("click", function () { keep(); hide(); });
    ["keydown", "pointerdown", "input"].forEach(function (kind) {
      document.addEventListener(kind, function (event) { if (!stay.contains(event.target)) { active = true; } }, true);
    });
    function tick() {
      var quiet = (Date.now() - seen()) / 1000;
      if (quiet >= idle) { over(); return; }
      if (quiet >= 60 && active && !asking) { keep(); }
      if (quiet < idle - warn) { hide(); return; }
      left.textContent = String(Math.max(0, Math.ceil(idle - quiet)));
      if (stay.hidden) {
        before = document.activeElement;
        stay.hidden = false;
        stay.querySelector("button").focus();
      }
    }
    window.setInterval(tick, 1000);
    document.addEventListener("visibilitychange", tick);
    window.addEventListener("pageshow", function (event) { if (event.persisted) { window.location.reload(); } });
  })();

  // console: results while one types, letter keys outside of fields, copying
  (function () {
    var KEYS_OFF = "doudi-keys-off";
    function one(selector, root) { return (root || document).querySelector(selector); }
    function all(selector, root) { return Array.prototype.slice.call((root || document).querySelectorAll(selector)); }
    function visible(element) { return !element.hidden && element.offsetParent !== null; }
    function inField(element) { return /^(INPUT|SELECT|TEXTAREA)$/.test(element.tagName) && !/^(checkbox|radio|button|submit)$/.test(element.type); }

    function replaceParts(html) {
      var fresh = new window.DOMParser().parseFromString(html, "text/html");
      all("[data-part]", fresh).forEach(function (part) {
        var old = document.getElementById(part.id);
        if (old) { old.replaceWith(document.importNode(part, true)); }
      });
      ready();
    }

    // A form whose results follow the typing: the last request counts, earlier ones are given up.
    function live(form, url, wait, after) {
      var timer = null, under_way = null;
      function send(extra) {
        window.clearTimeout(timer);
        if (under_way) { under_way.abort(); }
        under_way = new window.AbortController();
        var body = new window.FormData(form);
        Object.keys(extra || {}).forEach(function (name) { body.set(name, extra[name]); });
        return window.doudiFetch(url, { method: "POST", body: body, signal: under_way.signal, headers: { Accept: "text/html" } })
          .then(function (answer) { return answer.ok ? answer.text() : ""; })
          .then(function (html) { if (html) { replaceParts(html); if (after) { after(); } } })
          .catch(function (error) { if (error.name !== "AbortError") { throw error; } });
      }
      form.addEventListener("input", function (event) {
        if (event.isComposing) { return; }
        window.clearTimeout(timer);
        timer = window.setTimeout(send, wait);
      });
      form.addEventListener("compositionend", function () { timer = window.setTimeout(send, wait); });
      return send;
    }

    function ready() {
      all("[data-copy]").forEach(function (button) { button.hidden = false; });
      all("[data-opens]").forEach(function (button) { button.hidden = false; });
    }

    var find = document.getElementById("find");
    var search = find && live(find, find.dataset.live, 120);
    if (find) {
      find.addEventListener("submit", function (event) {
        var button = event.submitter;
        if (button && button.dataset.plain !== undefined) { return; }
        event.preventDefault();
        event.stopPropagation();
        search(button && button.name ? { pick: button.value } : {});
      }, true);
    }

    var compact = document.getElementById("compact");
    if (compact) {
      var mark = function () {
        var sheet = document.getElementById("sheet");
        var wanted = sheet.dataset.visible.split(" "), next = sheet.dataset.next.split(" ");
        var wrong = sheet.dataset.wrong ? JSON.parse(sheet.dataset.wrong) : {};
        all("[data-box]", compact).forEach(function (box) {
          var name = box.dataset.box, field = one("input, select", box);
          var always = /(^:area|:member\.(age|relation))$/.test(name);
          box.hidden = !(always || wanted.indexOf(name) >= 0 || field.value || field === document.activeElement);
          box.classList.toggle("is-next", next.indexOf(name) >= 0);
          var fold = box.closest("details");
          if (fold && next.indexOf(name) >= 0) { fold.open = true; }
          var message = one(".field-error", box);
          if (wrong[name] && !message) { message = document.createElement("p"); message.className = "field-error"; message.id = field.id + "-error"; box.appendChild(message); }
          if (message) { message.textContent = wrong[name] || ""; }
          field.toggleAttribute("aria-invalid", Boolean(wrong[name]));
          if (wrong[name]) { field.setAttribute("aria-invalid", "true"); field.setAttribute("aria-describedby", message.id); }
        });
        all("fieldset, details.more", compact).forEach(function (group) {
          group.hidden = all("[data-box]", group).length > 0 && all("[data-box]", group).every(function (box) { return box.hidden; });
        });
      };
      var update = live(compact, compact.dataset.update, 250, mark);
      compact.addEventListener("submit", function (event) {
        if (event.submitter && event.submitter.dataset.plain !== undefined) { return; }
        event.preventDefault();
        event.stopPropagation();
        update();
      }, true);
      if (window.location.hash.indexOf("#g-m") === 0) {
        var first = one(window.location.hash + " select, " + window.location.hash + " input");
        if (first) { first.focus(); }
      }
    }

    // Place and language are kept as soon as they are chosen.
    all("[data-submit]").forEach(function (field) {
      field.addEventListener("change", function () { field.form.requestSubmit(); });
    });
    all("[data-quiet]").forEach(function (button) { button.hidden = true; });

    var since = one("[data-since]");
    if (since) {
      var started = new Date(since.dataset.since).getTime();
      var tick = function () {
        var seconds = Math.max(0, Math.round((Date.now() - started) / 1000));
        since.textContent = String(Math.floor(seconds / 60)).padStart(2, "0") + ":" + String(seconds % 60).padStart(2, "0");
      };
      tick();
      window.setInterval(tick, 1000);
    }

    function copy(button) {
      var text = button.dataset.copy, said = one("[data-said]", button.parentNode);
      function done() { if (said) { said.textContent = "✓"; window.setTimeout(function () { said.textContent = ""; }, 3000); } }
      function byHand() {
        var area = document.createElement("textarea");
        area.value = text;
        document.body.appendChild(area);
        area.select();
        document.execCommand("copy");
        area.remove();
        button.focus();
        done();
      }
      if (navigator.clipboard) { navigator.clipboard.writeText(text).then(done, byHand); } else { byHand(); }
    }
    document.addEventListener("click", function (event) {
      var button = event.target.closest("[data-copy], [data-opens]");
      if (!button) { return; }
      if (button.dataset.copy !== undefined) { copy(button); } else { document.getElementById(button.dataset.opens).showModal(); }
    });

    // Letter keys count only outside of fields, and not at all where they were switched off (WCAG 2.1.4).
    var sheetOn = document.getElementById("keys-on");
    function keysOff() { try { return window.localStorage.getItem(KEYS_OFF) === "yes"; } catch (_error) { return false; } }
    if (sheetOn) {
      sheetOn.checked = !keysOff();
      sheetOn.addEventListener("change", function () {
        try { window.localStorage.setItem(KEYS_OFF, sheetOn.checked ? "no" : "yes"); } catch (_error) { sheetOn.checked = true; }
      });
    }
    function move(step) {
      var rows = all(".row-pick").filter(visible), at = rows.indexOf(document.activeElement);
      var box = document.getElementById("q");
      if (at + step < 0) { box.focus(); return; }
      var row = rows[Math.min(rows.length - 1, at + step)];
      if (row) { row.focus(); }
    }
    document.addEventListener("keydown", function (event) {
      if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) { return; }
      var here = event.target, list = here.classList && here.classList.contains("row-pick");
      if ((event.key === "ArrowDown" || event.key === "ArrowUp") && (here.id === "q" || list)) {
        event.preventDefault();
        move(event.key === "ArrowDown" ? 1 : -1);
        return;
      }
      if (event.key === "Escape" && inField(here)) { here.blur(); return; }
      if (event.key === "/" && here.id === "q" && !here.value) { event.preventDefault(); return; } // already here
      if (inField(here) || keysOff() || one("dialog[open]")) { return; }
      if (event.key === "e" && compact) {
        var asked = all(".is-next input, .is-next select", compact).filter(visible)[0] || all("[data-box] input, [data-box] select", compact).filter(visible)[0];
        if (asked) { event.preventDefault(); asked.focus(); return; }
      }
      var goal = all("[data-key]").filter(function (element) { return element.dataset.key === event.key && visible(element); });
      goal = goal.filter(inField)[0] || goal[0];
      if (!goal) { return; }
      event.preventDefault();
      if (inField(goal)) { goal.focus(); if (goal.select) { goal.select(); } } else { goal.click(); }
    });
    ready();
    var box = document.getElementById("q");
    if (box && !window.location.hash) { box.focus(); }
  })();

  // work: the distress protocol comes to the top of the page and stays until somebody says how it went on
  (function () {
    function settle(event) {
      var form = event.target;
      if (!form.closest || !form.closest("#distress")) { return; }
      event.preventDefault();
      event.stopPropagation();
      var body = new window.FormData(form);
      body.set("outcome", event.submitter.value);
      window.doudiFetch(form.action, { method: "POST", body: body }).then(function (answer) {
        if (answer.ok) { document.querySelectorAll("#distress").forEach(function (part) { part.remove(); }); } else { form.submit(); }
      });
    }
    function toTop() {
      var found = document.querySelectorAll("[data-distress]"), main = document.querySelector("main");
      if (!found.length || !main) { return; }
      var first = found[0];
      Array.prototype.slice.call(found, 1).forEach(function (part) { part.remove(); });
      if (first.parentNode !== main.parentNode) { main.parentNode.insertBefore(first, main); }
    }
    document.addEventListener("submit", settle, true);
    document.addEventListener("keydown", function (event) {
      var button = /^F[89]$/.test(event.key) && document.querySelector("#distress [data-f=" + event.key + "]");
      if (button) { event.preventDefault(); button.form.requestSubmit(button); }
    });
    if (document.querySelector("main")) {
      new window.MutationObserver(toTop).observe(document.querySelector("main"), { childList: true, subtree: true });
    }
  })();
})();
