"use strict";
/* Writing a record on a phone: photographs are shrunk before they are sent, and what did not arrive
   is sent again under the same key (device_key), so that it is kept once. Without this script the
   form works as any other. */
(function () {
  var SIDE = 1600, QUALITY = 0.8, SMALL = 400 * 1024, WAITS = [2, 5, 10, 20, 40];

  function shrunk(file) {
    if (!/^image\/(jpeg|png)$/.test(file.type) || file.size < SMALL || !window.createImageBitmap) return Promise.resolve(file);
    return createImageBitmap(file, { imageOrientation: "from-image" }).then(function (picture) {
      var scale = Math.min(1, SIDE / Math.max(picture.width, picture.height));
      var canvas = document.createElement("canvas");
      canvas.width = Math.round(picture.width * scale);
      canvas.height = Math.round(picture.height * scale);
      canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
      return new Promise(function (done) { canvas.toBlob(done, "image/jpeg", QUALITY); });
    }).then(function (blob) {
      if (!blob || blob.size >= file.size) return file;
      return new File([blob], file.name.replace(/\.\w+$/, "") + ".jpg", { type: "image/jpeg" });
    }).catch(function () { return file; });
  }

  function start(form) {
    var state = form.querySelector("[data-send-state]"), sending = false, timer = 0, again = null;

    function say(text, bad) {
      state.textContent = text;
      state.classList.toggle("send-bad", Boolean(bad));
    }

    function busy(on) {
      sending = on;
      form.querySelectorAll("button").forEach(function (button) { button.disabled = on; });
    }

    function gathered(button) {
      var data = new FormData(form);
      if (button && button.name) data.append(button.name, button.value);
      var files = data.getAll("files").filter(function (file) { return file.size; });
      data.delete("files");
      return Promise.all(files.map(shrunk)).then(function (kept) {
        kept.forEach(function (file) { data.append("files", file, file.name); });
        return data;
      });
    }

    function send(data, attempt) {
      say(attempt ? "正在重新发送…" : "正在发送…");
      fetch(form.action || location.href, { method: "POST", body: data, headers: { Accept: "application/json" } })
        .then(function (answer) {
          var json = (answer.headers.get("Content-Type") || "").indexOf("json") >= 0;
          if (answer.status >= 500) throw new Error("server");
          if (!json) {
            busy(false);
            return say("登录已过期或页面停留过久。请另开一页登录，回到本页再点一次提交，内容不会丢。", true);
          }
          return answer.json().then(function (told) {
            if (told.url) { location.assign(told.url); return; }
            busy(false);
            say(told.problems.join(" "), true);
          });
        })
        .catch(function () {
          var wait = WAITS[Math.min(attempt, WAITS.length - 1)];
          say("网络不通，还没有送达。" + wait + " 秒后自动重发，请不要关闭本页。", true);
          again = function () { clearTimeout(timer); again = null; send(data, attempt + 1); };
          timer = setTimeout(again, wait * 1000);
        });
    }
    window.addEventListener("online", function () { if (again) again(); });
    window.addEventListener("beforeunload", function (event) { if (sending && again) event.preventDefault(); });

    form.addEventListener("submit", function (event) {
      if (!window.fetch || !window.FormData) return;
      event.preventDefault();
      if (sending) return;
      var button = event.submitter;
      gathered(button).then(function (data) { busy(true); send(data, 0); });
    });
  }
  document.addEventListener("DOMContentLoaded", function () {
    document.querySelectorAll("form[data-send]").forEach(start);
  });
})();
