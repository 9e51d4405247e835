// Draws the segments on a canvas: thousands of lines move as one picture.
import { leaflet as L } from "nicegui-leaflet";
import { loadResource } from "../../static/utils/resources.js";

const LABELS_FROM_ZOOM = 7;
const MOST_LABELS = 60;
const THIN_BELOW_ZOOM = 5;

function overlap(a, b) {
  return a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
}

export default {
  template: `<div role="application" tabindex="0" :aria-label="label" aria-busy="true" class="segment-map"></div>`,
  props: {
    segments: String,
    levels: Object,
    outlines: String,
    placing: Boolean,
    only: Array,
    focus: String,
    looks: Object,
    label: String,
    failed: String,
    resourcePath: String,
  },
  async mounted() {
    await this.$nextTick();
    await loadResource(window.path_prefix + `${this.resourcePath}/leaflet/leaflet.css`);
    this.renderer = L.canvas({ padding: 0.5, tolerance: 6 });
    this.map = L.map(this.$el, {
      renderer: this.renderer,
      attributionControl: false,
      worldCopyJump: true,
      zoomSnap: 0.5,
    });
    L.control.scale({ imperial: false }).addTo(this.map);
    this.land = L.layerGroup().addTo(this.map);
    this.lines = {};
    this.known = { ...this.levels };
    this.labels = L.layerGroup().addTo(this.map);
    this.map.setView([0, 0], 2);
    if (this.asked_place) this.set_place(...this.asked_place);
    this.map.on("moveend", () => this.write_labels());
    this.map.on("zoomend", () => this.thin() !== this.was_thin && this.restyle());
    if (this.placing) {
      this.map.on("click", (e) => this.$emit("place", { latitude: e.latlng.lat, longitude: e.latlng.lng }));
    }
    this.observer = new MutationObserver(() => this.restyle());
    this.observer.observe(document.body, { attributes: true, attributeFilter: ["class"] });
    this.sizes = new ResizeObserver(() => this.map.invalidateSize());
    this.sizes.observe(this.$el);
    const land = this.fetched(this.outlines);
    const segments = await this.fetched(this.segments);
    if (segments) this.draw(segments.features);
    else L.DomUtil.create("p", "map-failed", this.$el).textContent = this.failed;
    this.frame();
    this.restyle();
    this.draw_land(await land);
    this.write_labels();
    this.$el.ariaBusy = "false";
    this.$el.dataset.ready = "true";
  },
  unmounted() {
    this.observer?.disconnect();
    this.sizes?.disconnect();
    this.map?.remove();
  },
  methods: {
    dark() {
      return document.body.classList.contains("body--dark");
    },
    look(level) {
      return this.looks[level ?? "none"];
    },
    // From afar a line's width and dashes would hide its course; the marks still tell the level.
    thin() {
      return (this.map.getZoom() ?? 0) < THIN_BELOW_ZOOM;
    },
    style(level) {
      const look = this.look(level);
      return {
        color: this.dark() ? look.dark : look.light,
        weight: this.thin() ? look.weight / 3 : look.weight,
        dashArray: this.thin() ? null : look.dash || null,
        lineCap: "butt",
      };
    },
    async fetched(address) {
      try {
        const answer = await fetch(window.path_prefix + address);
        return answer.ok ? await answer.json() : null;
      } catch {
        return null;
      }
    },
    halo_style() {
      return { color: this.dark() ? "#ffffff" : "#000000", weight: 16, opacity: 0.35, lineCap: "butt" };
    },
    draw(features) {
      const only = this.only && new Set(this.only);
      for (const feature of features) {
        if (only && !only.has(feature.id)) continue;
        const level = this.known[feature.id] ?? null;
        // One line a segment, of however many parts: a group of lines takes twice as long.
        const parts = L.GeoJSON.coordsToLatLngs(feature.geometry.coordinates, 1);
        if (feature.id === this.focus) {
          const look = { renderer: this.renderer, interactive: false, ...this.halo_style() };
          this.halo = L.polyline(parts, look).addTo(this.map);
        }
        const line = L.polyline(parts, { renderer: this.renderer, ...this.style(level) });
        line.level = level;
        // A place on a line is a place like any other.
        if (!this.placing) line.on("click", (e) => {
          L.DomEvent.stopPropagation(e);
          this.$emit("choose", feature.id);
        });
        line.bindTooltip(() => this.said(feature.id), { sticky: true });
        line.addTo(this.map);
        this.lines[feature.id] = line;
      }
    },
    said(id) {
      const look = this.look(this.lines[id].level);
      return `${look.mark} ${id} · ${look.name}`;
    },
    frame() {
      if (this.focus) return this.show(this.focus);
      const all = L.featureGroup(Object.values(this.lines));
      const bounds = all.getBounds();
      if (bounds.isValid()) this.map.fitBounds(bounds, { padding: [16, 16] });
    },
    draw_land(land) {
      if (!land) return;
      this.outline = L.geoJSON(land, {
        renderer: this.renderer,
        interactive: false,
        style: () => this.land_style(),
      }).addTo(this.land);
      this.outline.bringToBack();
    },
    land_style() {
      const dark = this.dark();
      return {
        color: dark ? "#5c6670" : "#aab4bd",
        weight: 1,
        fillColor: dark ? "#22282e" : "#eef1ea",
        fillOpacity: 1,
      };
    },
    restyle() {
      this.was_thin = this.thin();
      for (const line of Object.values(this.lines)) line.setStyle(this.style(line.level));
      this.halo?.setStyle(this.halo_style());
      this.outline?.setStyle(this.land_style());
    },
    set_levels(changed) {
      // What comes while the lines are still on their way is drawn with them.
      Object.assign(this.known, changed);
      for (const [id, level] of Object.entries(changed)) {
        const line = this.lines[id];
        if (!line) continue;
        line.level = level;
        line.setStyle(this.style(level));
        if (level && level !== "normal") line.bringToFront();
      }
      this.write_labels();
    },
    // Beside its colour a segment above normal has its mark on the map, near enough also its name.
    write_labels() {
      this.labels.clearLayers();
      const seen = this.map.getBounds();
      const near = this.map.getZoom() >= LABELS_FROM_ZOOM;
      const order = ["critical", "warning", "watch", "normal", null];
      const shown = Object.entries(this.lines)
        .filter(([, line]) => near || (line.level && line.level !== "normal"))
        .filter(([, line]) => seen.intersects(line.getBounds()))
        .sort((a, b) => order.indexOf(a[1].level) - order.indexOf(b[1].level))
        .slice(0, MOST_LABELS);
      const markers = shown.map(([id, line]) => this.label_of(id, line, near).addTo(this.labels));
      // All are measured at once: the browser lays the page out anew for whoever asks after a change.
      const boxes = markers.map((marker) => marker.getElement().firstChild.getBoundingClientRect());
      // The worst come first: of labels that would cover each other theirs is the one that stays.
      const taken = [];
      markers.forEach((marker, n) => {
        if (taken.some((other) => overlap(boxes[n], other))) this.labels.removeLayer(marker);
        else taken.push(boxes[n]);
      });
    },
    label_of(id, line, near) {
      const look = this.look(line.level);
      const text = document.createElement("span");
      text.textContent = near ? `${look.mark} ${id}` : look.mark;
      text.className = `segment-label level-${line.level ?? "none"}`;
      const icon = L.divIcon({ className: "segment-label-place", html: text, iconSize: null });
      const place = line.getBounds().getCenter();
      return L.marker(place, { interactive: false, keyboard: false, icon });
    },
    show(id) {
      const line = this.lines[id];
      if (line) this.map.fitBounds(line.getBounds(), { maxZoom: 9, padding: [40, 40] });
    },
    set_place(latitude, longitude) {
      if (!this.map) {
        this.asked_place = [latitude, longitude];
        return;
      }
      this.place?.remove();
      this.place = L.circleMarker([latitude, longitude], {
        renderer: this.renderer,
        radius: 8,
        weight: 3,
        color: this.dark() ? "#ffffff" : "#000000",
      }).addTo(this.map);
    },
  },
};
