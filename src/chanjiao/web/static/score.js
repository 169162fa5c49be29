"use strict";
/* The grid by keyboard: Enter and the arrows go up and down the column of scores. */
document.addEventListener("keydown", function (event) {
  if (!event.target.matches("[data-score]") || event.isComposing) return;
  var step = { Enter: 1, ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!step) return;
  var boxes = Array.prototype.slice.call(document.querySelectorAll("[data-score]"));
  var next = boxes[boxes.indexOf(event.target) + step];
  event.preventDefault();
  if (next) {
    next.focus();
    next.select();
  }
});
