// A pad to sign by hand on the last page of signing. Without it the typed name is the signature all the same.
(function () {
  "use strict";
  var part = document.querySelector("[data-pad]");
  var pad = document.getElementById("pad");
  var field = document.getElementById("drawing");
  if (!part || !pad || !field || !pad.getContext || !window.PointerEvent) { return; }
  var pen = pad.getContext("2d");
  var state = document.getElementById("pad-state");
  var ink = 0;
  var last = null;

  part.hidden = false;
  pad.style.touchAction = "none";  // the finger writes, the page stands still
  pad.style.width = "100%";
  pad.style.maxWidth = "37rem";
  pad.style.display = "block";
  pad.style.background = "#fff";
  pad.style.border = "2px solid #6b7680";
  pad.style.borderRadius = "8px";

  function tell() { state.textContent = ink ? state.dataset.drawn : state.dataset.empty; }

  function clear() {
    pen.fillStyle = "#fff";
    pen.fillRect(0, 0, pad.width, pad.height);
    ink = 0;
    last = null;
    field.value = "";
    tell();
  }

  function place(event) {
    var box = pad.getBoundingClientRect();
    return [(event.clientX - box.left) * pad.width / box.width, (event.clientY - box.top) * pad.height / box.height];
  }

  pad.addEventListener("pointerdown", function (event) {
    if (event.button) { return; }
    event.preventDefault();
    try { pad.setPointerCapture(event.pointerId); } catch (ignored) { /* a pen that is gone already */ }
    last = place(event);
  });
  pad.addEventListener("pointermove", function (event) {
    if (!last) { return; }
    var here = place(event);
    pen.strokeStyle = "#000";
    pen.lineWidth = 5;
    pen.lineCap = "round";
    pen.beginPath();
    pen.moveTo(last[0], last[1]);
    pen.lineTo(here[0], here[1]);
    pen.stroke();
    ink += Math.hypot(here[0] - last[0], here[1] - last[1]);
    last = here;
  });
  ["pointerup", "pointercancel"].forEach(function (name) {
    pad.addEventListener(name, function () {
      last = null;
      field.value = ink > 20 ? pad.toDataURL("image/png") : "";
      tell();
    });
  });
  document.getElementById("pad-clear").addEventListener("click", clear);
  clear();
})();
