// A browser starts no worker for a page that is opened as a file. The search asks for one: where a
// page is a file, its script runs in a hidden frame instead.
if (location.protocol === "file:") {
  window.Worker = class extends EventTarget {
    constructor(url) {
      super();
      this.waiting = [];
      const frame = document.createElement("iframe");
      frame.hidden = true;
      document.body.append(frame);
      this.scope = frame.contentWindow;
      this.scope.postMessage = (data) => this.tell(this, data);
      this.scope.importScripts = (...urls) =>
        urls.reduce((before, one) => before.then(() => this.load(one)), Promise.resolve());
      this.load(url).then(() => {
        for (const data of this.waiting) this.tell(this.scope, data);
        this.waiting = null;
      });
    }

    load(url) {
      const script = this.scope.document.createElement("script");
      script.src = new URL(url, location.href);
      const loaded = new Promise((resolve, reject) => {
        script.onload = resolve;
        script.onerror = reject;
      });
      this.scope.document.body.append(script);
      return loaded;
    }

    tell(target, data) {
      const message = new MessageEvent("message", { data });
      target.dispatchEvent(message);
      target.onmessage?.(message);
    }

    postMessage(data) {
      if (this.waiting) this.waiting.push(data);
      else this.tell(this.scope, data);
    }
  };
}
