// Improves pages that already work without it: focus on errors, no double sending, reading aloud.
(function () {
  "use strict";
  var summary = document.getElementById("error-summary");
  if (summary) { summary.focus(); }

  document.addEventListener("submit", function (event) {
    var form = event.target;
    if (form.dataset.sent) { event.preventDefault(); return; }
    form.dataset.sent = "yes";
    window.setTimeout(function () { delete form.dataset.sent; }, 4000);
  });
  window.addEventListener("pageshow", function () {
    document.querySelectorAll("form[data-sent]").forEach(function (form) { delete form.dataset.sent; });
  });

  document.querySelectorAll("button[data-print]").forEach(function (button) {
    button.hidden = false;
    button.addEventListener("click", function () { window.print(); });
  });

  if ("speechSynthesis" in window) {
    document.querySelectorAll("button.read-aloud").forEach(function (button) {
      button.hidden = false;
      button.addEventListener("click", function () {
        if (window.speechSynthesis.speaking) { window.speechSynthesis.cancel(); return; }
        var part = document.getElementById(button.dataset.read);
        var speech = new window.SpeechSynthesisUtterance(part ? part.textContent : "");
        speech.lang = document.documentElement.lang === "zh-Hant" ? "zh-TW" : document.documentElement.lang.replace("zh-Hans", "zh-CN");
        speech.rate = 0.9;
        window.speechSynthesis.speak(speech);
      });
    });
  }
})();
