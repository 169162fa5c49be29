"use strict";
/* Draws every figure from the JSON beside it; closes the table that stood in for the picture. */
(function () {
  var drawn = [];

  function draw(place) {
    var data = document.getElementById(place.dataset.chart);
    if (!data || !window.echarts || place.dataset.drawn) return;
    var option = JSON.parse(themed(data.textContent, place));
    var rows = Number(place.dataset.rows), rowHeight = Number(place.dataset.rowHeight);
    place.hidden = false;
    place.dataset.drawn = "1";
    if (rows && !place.closest("[data-fit]"))
      place.style.height = 64 + rows * (rowHeight || 16 + 16 * option.series.length) + "px";
    var chart = window.echarts.init(place, null, { renderer: "canvas" });
    chart.setOption(option);
    fit(chart, option);
    /* ECharts writes its own long description; the figure's title and table say it better. */
    place.setAttribute("aria-label", place.closest("figure").querySelector("figcaption").textContent + "。数据见下方表格。");
    var details = place.closest("figure").querySelector("details");
    if (details) details.open = false;
    drawn.push([chart, option]);
  }

  /* On a dark page every colour of the light palette is swapped for its dark one. */
  function themed(text, place) {
    if (document.documentElement.dataset.theme !== "dark") return text;
    var dark = JSON.parse(place.dataset.dark);
    return text.replace(/"(#[0-9a-f]{6})"/g, function (whole, colour) {
      return dark[colour] ? '"' + dark[colour] + '"' : whole;
    });
  }

  /* Names under standing bars break within the room each one has. */
  function fit(chart, option) {
    var axis = option.xAxis;
    if (!axis || axis.type !== "category") return;
    var room = Math.floor((chart.getWidth() - 70) / Math.max(1, axis.data.length)) - 6;
    chart.setOption({ xAxis: { axisLabel: { width: Math.max(26, room), hideOverlap: false } } });
  }

  function drawAll(root) {
    root.querySelectorAll("[data-chart]").forEach(draw);
  }

  document.addEventListener("DOMContentLoaded", function () { drawAll(document); });
  document.addEventListener("htmx:load", function (event) { drawAll(event.detail.elt); });
  document.addEventListener("htmx:beforeCleanupElement", function (event) {
    drawn = drawn.filter(function (pair) {
      if (!event.detail.elt.contains(pair[0].getDom())) return true;
      pair[0].dispose();
      return false;
    });
  });
  window.addEventListener("resize", function () {
    drawn.forEach(function (pair) {
      if (pair[0].isDisposed()) return;
      pair[0].resize();
      fit(pair[0], pair[1]);
    });
  });
})();
