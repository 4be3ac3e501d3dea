// What the scripts of the theme share, for the check of their types. That an element is where a script looks for it is
// what the tests in a browser hold: here it is found.

/** What happened on the page, at an element of it. */
interface Happening extends Event {
  target: Found;
  relatedTarget: Found;
  clipboardData: DataTransfer;
  detail: any;
  key: string;
  button: number;
  buttons: number;
  pointerId: number;
  pointerType: string;
  clientX: number;
  clientY: number;
  deltaY: number;
  ctrlKey: boolean;
  metaKey: boolean;
  altKey: boolean;
  shiftKey: boolean;
  data: string;
  source: unknown;
}

// Of a method, so that a listener may ask for less or more of an event.
type Listener = { listen(event: Happening): void }["listen"];

/** An element of the page, whichever it is. */
interface Found extends HTMLElement {
  [name: string]: any;
  dataset: Record<string, string>;
  parentElement: Found;
  parentNode: Found;
  firstElementChild: Found;
  nextElementSibling: Found;
  previousElementSibling: Found;
  firstChild: Found;
  nextSibling: Found;
  previousSibling: Found;
  insertRow(): Found & HTMLTableRowElement;
  insertCell(): Found & HTMLTableCellElement;
  showModal(): void;
  close(): void;
  addEventListener(type: string, listener: Listener, options?: AddEventListenerOptions | boolean): void;
  addEventListener(type: string, listener: EventListenerOrEventListenerObject | null, options?: AddEventListenerOptions | boolean): void;
}

interface ParentNode {
  querySelector(selectors: string): Found;
  querySelectorAll(selectors: string): NodeListOf<Found>;
}

interface Element {
  closest(selectors: string): Found;
}

interface Document {
  getElementById(id: string): Found;
  addEventListener(type: string, listener: Listener, options?: AddEventListenerOptions | boolean): void;
}

interface Window {
  Plotly: any;
  runpages: Runpages;
}

declare function addEventListener(type: string, listener: Listener, options?: AddEventListenerOptions | boolean): void;

/** The columns of a metric, or of a line beside its curve. */
interface Series {
  x: string;
  steps: number[];
  times: (number | null)[] | null;
  values: (number | string | null)[];
  others?: (number | string | null)[] | null;
  label: string | null;
  strands: Series[];
  [name: string]: any;
}

/** The rows of a table in columns; see `query.js`. */
interface Rows {
  columns: any[];
  count: number;
  total: number[];
  order(column: any, down: boolean): Uint32Array;
  find(query: string): Uint8Array | string;
}

/** The values of a group, summed up. */
interface Spread {
  n: number;
  mean: number;
  sd: number;
  least: number;
  most: number;
}

/** A difference of means with its 95 % interval. */
interface Interval {
  difference: number;
  low: number;
  high: number;
  df: number;
  p: number;
}

/** What is said of a group against the reference, as in runpages/format/verdict.py. */
interface Verdict {
  word: "better" | "worse" | "same" | "unknown";
  interval: Interval | null;
  p: number | null;
  tested: number;
}

/** An experiment, which has `runs`, or a run as the search finds it; `low` is all of it in lower case. */
interface SearchCard {
  title: string;
  href: string;
  kind: string;
  fields: string[];
  more: string;
  low: string;
  runs?: string;
  began?: number | null;
}

interface SearchHit {
  card: SearchCard;
  rank: number;
  matched: string[];
}

/** What the search looks in; see `search-index.js`. Blocks have `cards` when they are loaded. */
interface SearchIndex {
  experiments: SearchCard[];
  runs: number;
  blocks: any[];
  likely(sought: string[][]): Promise<any[]>;
  load(block: any): Promise<void>;
}

interface Runpages {
  put(key: string, value: any): void;
  when(key: string, use: (value: any) => void): void;
  load(src: string, async?: boolean): Promise<any>;
  fresh(src: string): Promise<any>;
  forget(start: string): void;
  stored(name: string, value?: string): string | null;
  each(selector: string, begin: (node: Found) => void): void;
  make(tag: string, known?: Record<string, any>, ...inner: (Node | string)[]): Found;
  announce(text: string): void;
  searchIndex(root: string): Promise<SearchIndex>;
  searchTexts(query: string): string[][];
  searchRank(title: string, more: string, fields: string[], query: string): { rank: number; matched: string[] } | null;
  childRuns(runs: any, parent: number): void;
  urlState(name?: string, value?: string | null): URLSearchParams;
  urlPlace(id: string): void;
  openDialog(dialog: Found, key: string, value: string): void;
  slider(card: Found, show: (at: number) => Promise<any>, labels: () => Promise<string[]>): { go(to: number): Promise<void>; at(): number };
  fileView(body: Found, file: any): void;
  textDiff(before: string, after: string): TextChange[];
  fileName(name: string): string;
  save(name: string, suffix: string, blob: Blob): void;
  saveCsv(name: string, lines: string[]): void;
  smooth(values: (number | null)[], weight: number): (number | null)[];
  axis: Axes;
  chartX: ChartX;
  chartSpec(series: Series, view: View, known: { heights: number[] | null; ended: boolean; height?: number; room?: number }): Card;
  chartZoom: { follow(card: Card, use: (range: any[], heights: number[] | null) => void, reset: () => void): void; show(card: Card, reset: () => void): void };
  chartTools: { arm(card: Card, acts: any): void; enlarge(card: Card, acts: any): void; show(card: Card): void };
  points(series: Series): any[][];
  series(data: any, base: string): Series[];
  pyramid(known: any, base: string): any;
  metricFilter(section: Found, changed: () => void): () => void;
  rows(data: any): Rows;
  fillTable(card: any, fold: Found, load: () => Promise<any>): Promise<void>;
  openFolders(row: Found): void;
  lightbox(card: any, name: string, first: number, onMoved: (at: number) => void, onClosed: (at: number) => void): void;
  chart: any;
  crosshair: any;
  tableCell: any;
  ColumnPicker: any;
  verdict: any;
}

/** A line of a text and how it differs from another text: `+`, `-` or a blank; see `text-diff.js`. */
interface TextChange {
  sign: string;
  text: string;
  /** The numbers of the line in both texts; 0 where it is not in one. */
  before: number;
  after: number;
  /** Start and end of what changed in the line. */
  changed?: number[];
}

declare var runpages: Runpages;

/** A value on an axis and its label. */
interface Tick {
  value: number;
  label: string;
}

/** The rules of axes; see `ticks.js`. */
interface Axes {
  anchor(at: number, label: string, room: number): "left" | "center" | "right";
  across(low: number, last: number, stop: number | null, whole: boolean, room: number): { range: number[]; ticks: Tick[] };
  fitting(low: number, high: number, whole: boolean, room: number): Tick[];
  linear(low: number, high: number, limit?: number, whole?: boolean): Tick[];
  logarithmic(low: number, high: number, limit?: number): Tick[];
  padded(low: number, high: number, whole: boolean, log: boolean): number[];
  say(value: number): string;
  up(range: number[], log: boolean, whole: boolean): Tick[];
  width(text: string): number;
  left(ticks: Tick[]): number;
}

/** What the reader chose for all charts; see `metrics.js`. */
interface View {
  weight: number;
  x: string;
  scale: string;
  outliers: boolean;
  zoom: number[] | null;
}

/** The x axis of charts; see `chart-x.js`. */
interface ChartX {
  isTimed(series: Series, kind: string): boolean;
  column(series: Series, kind: string): { x: any[]; name: string; dates: boolean };
  range(series: Series, kind: string, zoom: number[]): number[];
  zoom(series: Series, kind: string, range: any[]): number[];
  sought(series: Series, kind: string, zoom: number[]): number[];
  spelled(x: any, name: string, dates: boolean): string;
  ticks(low: number, high: number, room: number): Tick[];
}

/** A chart of a run and what is known of it; see `metrics.js`. */
interface Card {
  [name: string]: any;
}

/** A column of a logged table; see `query.js`. */
interface Column {
  name: string;
  words: string[];
  decimals: number;
  values: string;
  pictures: Record<number, string>;
  isNumber: boolean;
  readonly cells: string[];
  readonly places: Int32Array;
  readonly numbers: Float64Array;
  readonly low: string[];
  readonly ranks: { ranks: Uint32Array; last: number };
  isMissing(row: number): boolean;
  text(row: number): string;
  mark(hits: Uint8Array, test: (cell: string) => boolean): void;
}
