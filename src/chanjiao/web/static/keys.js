"use strict";
/* Single keys on pages that are worked through one after the other: [data-key] is clicked,
   [data-key-focus] is focused. Never while typing, never with a modifier. */
document.addEventListener("keydown", function (event) {
  var target = event.target;
  if (event.ctrlKey || event.metaKey || event.altKey || target.isContentEditable) return;
  if (/^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName)) return;
  var key = event.key.toLowerCase();
  if (!/^[a-z]$/.test(key)) return;
  var place = document.querySelector('[data-key-focus="' + key + '"]');
  if (place) {
    event.preventDefault();
    place.focus();
    return;
  }
  var button = document.querySelector('[data-key="' + key + '"]');
  if (button && !button.disabled) {
    event.preventDefault();
    button.click();
  }
});

/* A PDF that finishes loading takes the focus from who is typing; unless the pointer is over it,
   the focus goes back to where it was. */
(function () {
  var last = null;
  document.addEventListener("focusin", function (event) {
    if (event.target.tagName !== "IFRAME") last = event.target;
  });
  window.addEventListener("blur", function () {
    setTimeout(function () {
      var frame = document.activeElement;
      if (!frame || frame.tagName !== "IFRAME" || frame.matches(":hover")) return;
      frame.blur();
      window.focus();
      if (last && last.isConnected) last.focus();
    }, 0);
  });
})();
