"use strict";
/* Draws every figure from the JSON beside it; closes the table that stood in for the picture. */
(function () {
  var drawn = [];

  function draw(place) {
    var data = document.getElementById(place.dataset.chart);
    if (!data || !window.echarts || place.dataset.drawn) return;
    var rows = Number(place.dataset.rows);
    place.hidden = false;
    place.dataset.drawn = "1";
    if (rows) place.style.height = Math.max(140, 56 + rows * 34) + "px";
    var chart = window.echarts.init(place, null, { renderer: "canvas" });
    chart.setOption(JSON.parse(data.textContent));
    /* ECharts writes its own long description; the figure's title and table say it better. */
    place.setAttribute("aria-label", place.closest("figure").querySelector("figcaption").textContent + "。数据见下方表格。");
    var details = place.closest("figure").querySelector("details");
    if (details) details.open = false;
    drawn.push(chart);
  }

  function drawAll(root) {
    root.querySelectorAll("[data-chart]").forEach(draw);
  }

  document.addEventListener("DOMContentLoaded", function () { drawAll(document); });
  document.addEventListener("htmx:load", function (event) { drawAll(event.detail.elt); });
  window.addEventListener("resize", function () {
    drawn.forEach(function (chart) { if (!chart.isDisposed()) chart.resize(); });
  });
})();
