// Looks for itself whether the server is heard: a line that swallows all still looks connected.
const LOOK_MS = 500;
const LOST_AFTER_MS = 1500;
// The server says something every 4 s, and a slow line may bring it late.
const SILENT_AFTER_MS = 9000;

export default {
  template: `
    <div class="lost-place">
      <div v-if="since" role="alert" class="lost-banner"><strong>{{ loud }}</strong> {{ what.replace("{at}", since) }} {{ todo }}</div>
    </div>`,
  props: { loud: String, what: String, todo: String },
  data: () => ({ since: "" }),
  mounted() {
    this.heard();
    this.connected = Date.now();
    this.timer = setInterval(this.look, LOOK_MS);
  },
  unmounted() {
    clearInterval(this.timer);
    this.show("");
  },
  methods: {
    heard() {
      this.last = Date.now();
    },
    look() {
      const now = Date.now();
      if (window.socket && this.socket !== window.socket) this.listen(window.socket);
      if (window.socket?.connected && window.did_handshake) this.connected = now;
      const lost = now - this.connected > LOST_AFTER_MS || now - this.last > SILENT_AFTER_MS;
      this.show(lost ? new Date(this.last).toISOString().slice(0, 19).replace("T", " ") + "Z" : "");
    },
    listen(socket) {
      this.socket = socket;
      socket.onAny(this.heard);
      socket.on("connect", this.heard);
      socket.io.on("ping", this.heard);
      // The page library loads a page anew whose connection takes too long: a browser that gets no
      // answer to that has nothing left to show. We go on trying, by whatever gets through.
      const [reload] = socket.listeners("connect_error");
      socket.off("connect_error");
      socket.on("connect_error", (error) => {
        if (error.message === "timeout") socket.io.opts.transports = ["polling", "websocket"];
        else reload?.(error);
      });
    },
    show(since) {
      if (since === this.since) return;
      this.since = since;
      document.body.classList.toggle("lost", Boolean(since));
      // A window that is covered tells by its title.
      const sign = "✖ ";
      const title = document.title.startsWith(sign) ? document.title.slice(sign.length) : document.title;
      document.title = since ? sign + title : title;
    },
  },
};
