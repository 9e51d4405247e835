// Looks for itself whether there is a connection: there are many ways to lose one.
const LOOK_MS = 500;
const LOST_AFTER_MS = 1500;

export default {
  template: `
    <div class="lost-place">
      <div v-if="since" role="alert" class="lost-banner"><strong>{{ loud }}</strong> {{ what.replace("{at}", since) }} {{ todo }}</div>
    </div>`,
  props: { loud: String, what: String, todo: String },
  data: () => ({ since: "" }),
  mounted() {
    this.seen = Date.now();
    this.timer = setInterval(this.look, LOOK_MS);
  },
  unmounted() {
    clearInterval(this.timer);
    this.show("");
  },
  methods: {
    look() {
      if (window.socket?.connected && window.did_handshake) {
        this.seen = Date.now();
        this.show("");
      } else if (Date.now() - this.seen > LOST_AFTER_MS) {
        this.show(new Date(this.seen).toISOString().slice(0, 19).replace("T", " ") + "Z");
      }
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
