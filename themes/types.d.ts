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
  repeat: boolean;
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

/** The members of a group of runs, by row; see `group-values.js`. */
interface RunsOfGroup {
  label: string;
  /** By key; null where it is not set. */
  texts: (string | null)[];
  numbers: number[];
  members: number[];
  /** Whether no key is set. */
  rest: boolean;
}

/** The values of a group that count, and what is said of them. */
interface GroupResult {
  group: RunsOfGroup;
  rows: number[];
  values: number[];
  spread: Spread;
  verdict: Verdict | null;
  pairs: [number, number][] | null;
}

/** The groups as they are shown; see `runs-groups.js`. */
interface GroupView {
  metric: RunColumn;
  goal: "min" | "max" | null;
  /** `last`, `best` or `step`. */
  value: string;
  step: string | null;
  groups: RunsOfGroup[];
  results: GroupResult[];
  /** The results by either value, where there is a reference and a best value. */
  both: Record<string, GroupResult[]> | null;
  reference: GroupResult | null;
  chosen: GroupResult | null;
  tolerance: number | null;
  pairBy: (RunValues & { name: string }) | null;
  decimals: number;
  colors: Map<RunsOfGroup, string>;
  range: number[];
  /** What has several values within a group, by name. */
  within: string[];
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
  searchField(field: Found, list: Found): void;
  adding(): Promise<unknown>;
  addMembers(field: Found): void;
  offerMembers(member: CompareMember, box: any): Promise<void>;
  childRuns(runs: any, parent: number, show: (runs: any) => void): unknown;
  urlState(name?: string, value?: string | null): URLSearchParams;
  urlPlace(id: string): void;
  openDialog(dialog: Found, key: string, value: string): void;
  icon(name: string, look?: string): string;
  dialog(id: string, title: string, look: string, ...inner: Node[]): Found;
  /** Where a pointer came to a section whose scripts were not there yet, or went down on a chart. */
  pointed?: Happening | null;
  slider(card: Found, show: (at: number) => Promise<any>, labels: () => Promise<string[]>): { go(to: number): Promise<void>; at(): number };
  fileView(body: Found, file: any): void;
  textDiff(before: string[], after: string[], key?: (line: string) => string): TextChange[];
  fileName(name: string): string;
  save(name: string, suffix: string, blob: Blob): void;
  csvLine(cells: any[]): string;
  saveCsv(name: string, rows: any[][]): void;
  smooth(values: (number | null)[], weight: number): (number | null)[];
  axis: Axes;
  chartX: ChartX;
  chartSpec(series: Series, view: View, known: { heights: number[] | null; ended: boolean; height?: number; room?: number }): Card;
  chartZoom: { follow(card: Card, use: (range: any[], heights: number[] | null) => void, reset: () => void): void; show(card: Card, reset: () => void): void };
  cardTools: { arm(card: Found, own: CardOwn): void; enlarge(card: Found, how?: CardLarge): void; follow(card: Found, own?: CardOwn): () => void };
  cardPicture: { drawing(card: Found): string; svg(card: Found): void; png(card: Found): Promise<void> };
  opened(): Promise<unknown>;
  help(): void;
  savePoints(card: Card): void;
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
  groupValues: any;
  groupDrawings: any;
  verdictView: any;
  ranks: { ofNumbers(numbers: Float64Array): Ranks; ofWords(words: string[], places: Int32Array): Ranks; sorted<Rows>(rows: Rows, column: Ranks, down: boolean): Rows };
  runQuery: { QueryError: any; spelled(name: string): string; spelledValue(value: string): string; parse(text: string): { tree: QueryTree; terms: QueryTerm[] } };
  runFilter: {
    compiled(tree: QueryTree, columns: RunColumn[]): RunFilter;
    without(query: string, mistake: { at: number }, columns: RunColumn[]): RunFilter | null;
    needs(filter: RunFilter): RunNeed[];
    hits(filter: RunFilter, count: number, get: (need: RunNeed) => RunValues): Uint8Array;
    named(text: string, columns: RunColumn[]): RunNeed | null;
    nameOf(column: RunColumn, columns: RunColumn[]): string;
    idOf(need: RunNeed): string;
  };
  runValues: any;
  runColumn: {
    place(column: RunColumn, aggregate: string): RunPlace;
    parents(ids: string[], parent: RunValues): Int32Array;
    load(column: RunColumn, aggregate: string, runs: any, base: string, onCome: () => void): Promise<RunValues>;
  };
  runShards: {
    values(newest: any, column: RunColumn, aggregate: string, runs: any, base: string): Promise<RunValues>;
    curves(column: RunColumn, runs: any, onCome: () => void): any;
    whole(runs: any, base: string, onCome?: (rows: number) => void): Promise<any>;
    around(runs: any, base: string, page: string): Promise<any>;
  };
  /** How many runs have come while others come, else 0; and why they could not. */
  runsGrowth: {
    coming: number;
    failure: string;
    grow(model: RunsModel, of: RunsModel): Promise<void>;
    complete(model: RunsModel): Promise<boolean>;
  };
  runCurves: any;
  runsTable: RunsModel;
  addressList: { mask(name: string): string; unmask(text: string): string; parts(text: string | null): string[] };
  columnOrder(list: Found, onMove: (item: Found, to: number) => void): void;
  runsState(model: RunsModel): Promise<void>;
  runCells: any;
  runsHead: any;
  runsViews(table: any): void;
  VirtualRows: new (table: Found, makeRow: (at: number) => Found) => VirtualRows;
  runsTerms: { counts(values: RunValues, count: number): [string, number][];  valuesOf(query: string, key: string): string[]; replaced(query: string, key: string, values: string[]): string; toggled(query: string, key: string, value: string): string };
  menu(button: Found, menu: Found, begin: () => void): void;
  runsQueryBox(table: any): void;
  runsColumns(table: any): void;
  runsFacets(table: any): void;
  runsExport: any;
  runsSelection(table: any): void;
  runsKeys(table: any): void;
  runStats: RunStats;
  runScale: any;
  runDrawing: any;
  runChartSpec: any;
  runPoints: any;
  runsLive: { follow(model: RunsModel): void; series(runs: any, row: number): Promise<any[]> };
  runChartCard: any;
  runChartForm(model: RunsModel, spec: any, apply: (spec: any) => void): Node[];
  /** How each kind of chart over runs is drawn; see `run-charts.js`. */
  runKinds: Record<string, (context: any) => Promise<any>>;
  curveMath: any;
  curveData: any;
  curveDrawing: any;
  curveCard: any;
  compareControls: any;
  joined: any;
  matrices: any;
  runTables: any;
  xyDrawing: any;
  paper: {
    MOST: number;
    lean(drawing: string): string;
    small(drawing: string): string;
    pgfplots(lines: { names: string[]; x: number[]; columns: number[][] }[], xName: string, isShared: boolean): any[][];
  };
  digits: { grouped(digits: string): string; scientific(value: number): string };
  fixed(value: number, decimals: number): string;
  textTable: { FORMATS: any; save(name: string, format: string, table: TextTable): void; menu(button: Found, save: (format: string) => void): void };
  age(seconds: number): string | null;
  compareMembers: {
    MOST: number;
    COLORS: number;
    parted(key: string): { key: string; folder: string; run: string; query: string } | null;
    parse(text: string): string[];
    spell(keys: string[]): string;
    labels(titles: string[], numbers: (number | null)[]): string[];
    cut(text: string, most: number): string;
    colors(wanted: number[], chosen?: number[]): { slot: number; dash: string }[];
  };
  compareDelta: {
    delta(value: any, reference: any, goal: string | null, tolerance?: number | null): CompareDelta;
    relative(absolute: number, reference: number): number | null;
    best(values: any[], goal: string | null): number;
  };
  compareRows: any;
  compareValues: any;
  compareEnvironment: any;
  compareTable: any;
  compareGroup(folder: string, query: string): Promise<{ runs: string[]; load(runOf: (page: string) => Promise<CompareRun>): Promise<Partial<CompareMember>> }>;
  compareVerdicts: any;
  compare: Comparison;
  imageSeries: {
    series(sources: ImageSource[]): ImageSeries[];
    stops(all: ImageSeries[], by: ImageAxis): number[];
    nearest(series: ImageSeries, source: number, by: ImageAxis, stop: number, part: number): ImageShot | null;
    columns(series: ImageSeries, by: ImageAxis, most: number): { shown: number[]; of: number };
    spelled(by: ImageAxis, value: number): string;
    labeled(by: ImageAxis, value: number): string;
  };
  imageDifference: {
    added(sum: ImageSum, a: ArrayLike<number>, b: ArrayLike<number>): ImageSum;
    result(sum: ImageSum): ImageDifference;
    spelled(difference: ImageDifference): { mean: string; psnr: string };
    measure(a: string, b: string, isWanted: () => boolean): Promise<ImageDifference | null>;
  };
  imageZoom: {
    scaled(zoom: ImageZoom, by: number, px?: number, py?: number): ImageZoom;
    moved(zoom: ImageZoom, x: number, y: number): ImageZoom;
    spelled(zoom: ImageZoom): string | null;
    parsed(text: string | null): ImageZoom;
    keyed(event: Happening, zoom: ImageZoom): ImageZoom | null;
    follow(box: Found, get: () => ImageZoom, set: (zoom: ImageZoom) => void, drag: (stage: Found, share: number) => void): void;
  };
  imageStage: {
    whole(shot: ImageShot): string;
    size(shot: ImageShot | null): string;
    layer(kind: string): Found;
    put(layer: Found, shot: ImageShot | null, why: string): void;
    stage(kind: string, ...inner: (Node | string)[]): Found;
    divider(move: (share: number) => void): Found;
    sharpenAll(box: Found): void;
  };
  imageViews: { VIEWS: Record<string, (one: ImageSeries, view: ImageView) => ImageDrawing>; legend(): Found; figure(source: ImageSource, seen: Found, letter?: string): { about: Found; box: Found }; own(shot: ImageShot | null, view: ImageView): string; why(track: ImageShot[] | null, view: ImageView): string };
  imageTools: {
    tools(acts: ImageActs): { head: Found; more: Found; show(view: ImageView, known: { stops: number[]; axes: ImageAxis[]; parts: number }): void };
    MODES: string[];
    GAINS: number[];
  };
  codePatch: {
    GAP: string;
    parse(text: string): Map<string, any>;
    sides(before: any, after: any): CodeLines[];
  };
  codeFiles: {
    source(a: CodeRecord, b: CodeRecord): "snapshot" | "commit" | "";
    files(a: CodeRecord, b: CodeRecord): CodeFile[];
    textOf(preview: any): string | null;
    plain(text: string): CodeLines;
  };
  configKeys(file: { name: string; text: string }): Map<string, string> | null;
  logLine(line: string): string;
  diffView: {
    (rows: TextChange[], sides: CodeLines[], isSplit: boolean, label: string): Found;
    folds(rows: TextChange[]): { from: number; to: number }[];
    paired(rows: TextChange[]): (TextChange | null)[][];
  };
  changeCards(section: ChangeSection): (box: Found, comparison: Comparison) => Promise<boolean>;
}

/** What is known of the code of a run; see `compare/code-files.js`. */
interface CodeRecord {
  run: CompareRun;
  /** All files in columns, as in `compared.js`. */
  snapshot: any;
  patch: { text: string; whole: boolean } | null;
  commit: string;
  /** Whether there were uncommitted changes. */
  dirty: boolean;
}

/** A file in a snapshot: its place in the list, and the number of the script that has its text, which may be -1. */
interface CodeSide {
  size: number;
  crc: number;
  at: number;
  part: number;
}

/** A file of the code of two runs; from patches it has its lines. */
interface CodeFile {
  name: string;
  state: string;
  note?: string;
  before?: CodeSide;
  after?: CodeSide;
  sides?: CodeLines[];
}

/** Lines of a text with their numbers; 0 for a gap. */
interface CodeLines {
  lines: string[];
  numbers: number[];
}

/** A file or log of two members; its texts are loaded when they are looked at, and a sentence says why there are none. */
interface ChangeEntry {
  name: string;
  state: string;
  note: string;
  texts(): Promise<string | ChangeText[]>;
}

/** What of an entry is compared: lines, or values by their keys, of which those are given that differ. */
interface ChangeText {
  label: string;
  sides: CodeLines[];
  values?: { name: string; before: string | null; after: string | null }[];
}

interface ChangeView {
  isSplit: boolean;
  /** What of a line is compared. */
  key?: (line: string) => string;
}

interface ChangeList {
  about: (Node | string)[];
  entries: ChangeEntry[];
}

/** A section of texts that are compared. */
interface ChangeSection {
  id: string;
  /** The word for one of its entries. */
  what: string;
  /** The words of the switch. */
  ignores: string;
  /** How many of its entries differ, for the first line of the page. */
  inWords?(count: number): string;
  /** What of a line is compared where the switch is on from the start; else the switch leaves out whitespace. */
  normal?: (line: string) => string;
  /** `key` is what of a line is compared while the switch is on. */
  collect(reference: CompareMember, other: CompareMember, comparison: Comparison, key?: (line: string) => string): Promise<ChangeList | null>;
}

/** A table as it is saved; `isNumber` of each column. */
interface TextTable {
  heads: string[];
  isNumber: boolean[];
  rows: string[][];
  isBold?(row: number, at: number): boolean;
}

/** A difference to the reference, also as a share of its size; the word is empty where nothing says which is better. */
interface CompareDelta {
  absolute: number | null;
  relative: number | null;
  word: string;
}

/** What is known of a metric beside its values. */
interface CompareAim {
  goal: "min" | "max" | null;
  assumed: boolean;
  tolerance: number | null;
  unit: string;
}

/** A metric of a member: the value of a run, or the mean of a group; a text where it is no finite number. */
interface CompareCell {
  value: number | string | null;
  n: number | null;
  sd: number | null;
  values: number[];
  /** None of the reference. */
  delta: CompareDelta | null;
  /** Where a group is compared. */
  verdict: Verdict | null;
  /** Its values with those of the reference, where they are paired. */
  pairs: [number, number][] | null;
  best: boolean;
}

interface CompareRow extends CompareAim {
  name: string;
  /** `last`, `min` or `max`; empty of a duration. */
  which: string;
  cells: CompareCell[];
  differs: boolean;
  /** The largest relative difference. */
  size: number;
}

/** A parameter, a tag or a fact, with a text for each member; null where it has none. */
interface CompareValues {
  name: string;
  texts: (string | null)[];
  differs: boolean[];
  isDifferent: boolean;
}

interface CompareChange {
  name: string;
  before: string | null;
  after: string | null;
}

/** A metric of a run in a few numbers, as in its `run.js`; `text` is its last datum where that is no finite number. */
interface CompareMetric {
  last?: number;
  min?: number;
  max?: number;
  mean?: number;
  count: number;
  /** The last step. */
  step?: number;
  unit?: string;
  goal?: "min" | "max";
  /** Whether the goal comes from the name of the metric. */
  assumed?: boolean;
  tolerance?: number;
  text?: string;
  x?: "index";
}

/** What is known of a run that is compared: its `run.js`, whose empty parts are there as well. */
interface CompareRun {
  id: string;
  number: number | null;
  title: string;
  status: { kind: string; word: string };
  experiment: { name: string; folder: string };
  /** The id of the run that it is a child of. */
  parent?: string;
  /** The id of its snapshot. */
  snapshot?: string;
  /** From the root of the site, as all addresses here. */
  page: string;
  began: number | null;
  took: string;
  seconds: number | null;
  damaged: boolean;
  /** What its code, configuration and logs are compared from, where it is small. */
  compared?: any;
  params: Record<string, number | string>;
  tags: Record<string, string>;
  note: string;
  environment: Record<string, any>;
  metrics: Record<string, CompareMetric>;
  /** Of what the run has: `points`, `diagnostics`, `figures`, `charts`, `gallery`, `tables`, `code`, `outputs`, `logs`. */
  scripts: Record<string, any>;
}

/** A run, or a group of runs, that is compared. */
interface CompareMember {
  key: string;
  title: string;
  /** Short, and no other member's. */
  label: string;
  /** As a value of CSS; its class is `s<slot>`. */
  color: string;
  slot: number;
  dash: string;
  group: boolean;
  /** By which parameter or tag the settings pair the runs of a group. */
  pairBy: string | null;
  /** One, or those of the group. */
  runs: CompareRun[];
  /** Ancestors of the runs of a group that are not among them. */
  above?: CompareRun[];
  /** Why it could not be loaded. */
  missing: string;
}

/** A run that is compared, with the look of its member. */
interface ComparedRun {
  member: CompareMember;
  run: CompareRun;
  label: string;
  slot: number;
  dash: string;
}

/** What the page compares; see `compare/compare.js`. */
interface Comparison {
  /** In the order of the chips; at most 50. */
  members: CompareMember[];
  /** The members, and those that could not be loaded, which have `missing`. */
  all: CompareMember[];
  /** What the address names; what comes after the first 50 is not compared. */
  asked: string[];
  reference: CompareMember;
  /** By which parameter or tag the runs of groups are paired; empty or null where they are not. */
  readonly pairBy: string | null;
  /** Whether it is drawn for paper: all of it, in view or not. */
  isPrinted: boolean;
  /** What the settings say of that; null where they differ. */
  usualPair: string | null;
  /** How a section is drawn: when it comes into view, and again after a change. False hides it. */
  section(id: string, draw: (box: Found, comparison: Comparison) => any): void;
  /** What a data script of a run has put; it is loaded once. */
  script(run: CompareRun, name: string): Promise<any>;
  points(run: CompareRun): Promise<any>;
  /** Compare these, in this order. */
  set(keys: string[], reference?: string | null): Promise<void>;
  /** Give a member a colour. */
  recolor(key: string, slot: number): Promise<void>;
  /** Load styles and scripts, as a section's `data-loads` names them. */
  loads(names: string): Promise<any>;
  /** What a section found to differ, for the line at the top of the page: `code of 2 files`. */
  tell(id: string, words: string): void;
  /** Draw a section, in view or not. */
  draw(section: Found): Promise<void> | undefined;
  /** Draw a section again. */
  redraw(id: string): Promise<void> | undefined;
}

/** What a slider over images stands for. */
type ImageAxis = "step" | "epoch" | "time";

/** The images of a run that are compared, and what is said of it. */
interface ImageSource {
  key: string;
  label: string;
  title: string;
  slot: number;
  isReference: boolean;
  /** Its page. */
  href: string;
  /** The folder that addresses of its images are relative to. */
  base: string;
  began: number | null;
  /** As in its gallery. */
  images: { name: string; items: any[] }[];
  media: { name: string; items: any[] }[];
  epochs?: { steps: number[]; values: any[] };
}

/** An image of a run: as in its gallery, where it lies on the slider, and which one of its step it is. */
interface ImageShot {
  item: any;
  base: string;
  part: number;
  step: number;
  epoch: number | null;
  /** Seconds since the run began. */
  time: number | null;
}

/** The images of a name, by run; null where a run has none. */
interface ImageSeries {
  name: string;
  kind: "images" | "media";
  tracks: (ImageShot[] | null)[];
  /** How many images of one step it has at most. */
  parts: number;
}

/** What the reader sees of images. */
interface ImageView {
  by: ImageAxis;
  stop: number;
  part: number;
  mode: string;
  sources: ImageSource[];
  /** Places in `sources`, as `a` and `b`. */
  reference: number;
  a: number;
  b: number;
  /** The one of a pair that is shown alone. */
  side: string;
  gain: number;
  choose(stop: number): void;
  divide(share: number): void;
  unreadable(): void;
}

/** A series as one view has it: its elements, which are made once, and how they show a stop. */
interface ImageDrawing {
  content: Found;
  show(view: ImageView): void;
}

/** What the controls of images do. */
interface ImageActs {
  go(place: number): void;
  move(by: number): void;
  set(name: string, value: string): void;
  flip(to: "next" | "back"): void;
}

/** `x` and `y` are how far an image is moved, as shares of its size. */
interface ImageZoom {
  scale: number;
  x: number;
  y: number;
}

interface ImageSum {
  absolute: number;
  squares: number;
  count: number;
}

interface ImageDifference {
  mean: number;
  psnr: number;
}

/** A line of a text and how it differs from another text: `+`, `-` or a blank; see `text-diff.js`. */
interface TextChange {
  sign: string;
  text: string;
  /** The numbers of the line in both texts; 0 where it is not in one. */
  before: number;
  after: number;
  /** Of a line that is in both, the line before, which may differ in what is not compared. */
  old?: string;
  /** Starts and ends of what changed in the line. */
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

/** What charts over runs compute; see `run-stats.js`. */
interface RunStats {
  association(x: Float64Array, y: Float64Array, isWords: boolean): any;
  bands(curves: Map<number, number>[]): ({ x: number } & Spread)[];
  bound(value: number, known: number[], isUpper: boolean): string;
  box(values: number[]): { first: number; median: number; third: number; low: number; high: number; n: number };
  correlation(x: ArrayLike<number>, y: ArrayLike<number>): { value: number; p: number };
  etaSquared(places: ArrayLike<number>, values: ArrayLike<number>): { value: number; p: number };
  generator(): () => number;
  firstSeen(groups: ArrayLike<number>, starts: ArrayLike<number>): number[];
  isLog(values: number[]): boolean;
  pareto(points: [number, number, number?][], xGoal: string, yGoal: string): [number, number, number?][];
  quantile(sorted: number[], share: number): number;
  ramp(rank: number, count: number): number;
  ranks(values: ArrayLike<number>): Float64Array;
  sample(items: number[], most: number): number[];
  step(values: ArrayLike<number>, isEnd?: (left: number) => boolean): { at: number; p: number; before: number; after: number; interval: Interval | null } | null;
}

/** The order of a column: the rank of each row, and the rank of what is missing. */
interface Ranks {
  ranks: Uint32Array;
  last: number;
}

/** Where the values of a column of runs lie. */
interface RunPlace {
  file: string;
  at: number;
}

/** A column of a table of runs, as in its `columns.js`. */
interface RunColumn extends RunPlace {
  key: string;
  kind: "run" | "metric" | "param" | "tag";
  name: string;
  type: "numbers" | "words" | "sparks";
  count: number;
  varies: boolean;
  aggregates?: Record<string, RunPlace>;
  goal?: "min" | "max" | null;
  assumed?: boolean;
  unit?: string | null;
  tolerance?: number | null;
  decimals?: number;
  /** Whether all values were logged as floats. */
  floats?: boolean;
  /** Of curves that are many: where each `rows` of them lie. */
  pieces?: RunPlace[];
  rows?: number;
  /** How the runs ended whose best value is a number and whose last one is none. */
  ends?: Record<number, string>;
}

/** A column that the table shows; a width of 0 is as wide as its values need. */
interface RunShown extends RunNeed {
  isPinned: boolean;
  width: number;
}

/** The values of a column of runs; see `run-values.js`. */
interface RunValues {
  readonly numbers: Float64Array;
  readonly words: string[] | null;
  readonly places: Int32Array;
  spark(row: number): (number | null)[] | null;
  readonly low: string[];
  readonly ranks: Ranks;
  missing(row: number): boolean;
  text(row: number): string;
}

interface RunNeed {
  key: string;
  aggregate: string;
}

/** A column that runs are sorted by. */
interface RunSort extends RunNeed {
  down: boolean;
}

/** The table of an experiment's runs; see `runs-model.js`. */
interface RunsModel {
  /** Until then there are no runs and no columns. */
  ready: Promise<void>;
  /** The page's section, if it has one. */
  section: Found | null;
  /** How many runs are loaded, from the newest on, and how many there are. */
  count: number;
  whole: number;
  known: Map<string, RunColumn>;
  used(): RunNeed[];
  loadAll(needs: RunNeed[]): Promise<unknown>;
  relate(): Promise<void>;
  order(): void;
  /** Load all runs; true if there were more. */
  complete(): Promise<boolean>;
  /** The `columns.js` of the experiment. */
  facts: any;
  /** Its `runs.js`. */
  runs: any;
  columns: RunColumn[];
  column(key: string): RunColumn;
  usual(key: string): string;
  load(key: string, aggregate?: string): Promise<RunValues>;
  values(key: string, aggregate?: string): RunValues;
  all(): Int32Array;
  shown: Int32Array;
  depth: Uint8Array;
  query: string;
  error: any;
  setQuery(text: string): Promise<void>;
  setRows(query: string, sort: RunSort[]): Promise<void>;
  sort: RunSort[];
  /** What the rows are sorted by: nothing until all runs and the values are there. */
  readonly sorts: RunSort[];
  setSort(sort: RunSort[]): Promise<void>;
  pinned: number[];
  /** How many pinned runs are shown, before all others. */
  leading: number;
  setPinned(rows: number[]): void;
  pinAll(rows: Iterable<number>, on: boolean): void;
  ticked: Set<number>;
  tick(row: number, on: boolean): void;
  tickAll(rows: Iterable<number>, on: boolean): void;
  lifted: number;
  lift(row: number): void;
  color(row: number): { index: number; dash: string };
  usualColumns: RunShown[];
  chosen: RunShown[];
  setColumns(chosen: RunShown[]): void;
  best(need: RunNeed): number;
  isBest(need: RunNeed, row: number, best: number): boolean;
  parted(key: string): RunShown | null;
  parents: Int32Array | null;
  groupBy: string[];
  setGroup(keys: string[]): void;
  /** Take in what was built since; a broken promise leaves all as it is. */
  renew(): Promise<void>;
}

/** A term of a query of runs, with its place in the text; see `run-query.js`. */
interface QueryTerm {
  /** Of free text `text`. */
  op: string;
  name: string;
  kind: string | null;
  aggregate: string | null;
  isQuoted: boolean;
  values: QueryValue[];
  at: number;
  nameEnd: number;
  end: number;
}

interface QueryValue {
  text: string;
  isQuoted: boolean;
  at: number;
  end: number;
}

type QueryTree = QueryTerm | { op: "and" | "or" | "not"; parts: QueryTree[] };

/** A query whose terms are tests of columns; see `run-filter.js`. */
interface RunFilter {
  op: string;
  leaf: RunLeaf | null;
  parts: RunFilter[];
}

interface RunLeaf {
  needs: RunNeed[];
  mark(hits: Uint8Array, values: RunValues[]): void;
}

/** Whether a value is one that is asked for, by its number or its text; any where there is no test. */
interface RunTest {
  number: ((one: number) => boolean) | null;
  text: ((one: string) => boolean) | null;
}

/** The rows of a table that are in view; see `virtual-rows.js`. */
interface VirtualRows {
  body: Found;
  above: Found;
  /** Of a row, in pixels. */
  height: number;
  /** The place of the first row that is drawn. */
  from: number;
  span(columns: number): void;
  clear(): void;
  fill(first: number, end: number, count: number): void;
  none(columns: number, ...inner: (Node | string)[]): void;
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

/** How a card is enlarged; see `card-tools.js`. */
interface CardLarge {
  key?: string;
  value?: string;
  others?: Found[];
  drawn?(isLarge: boolean): void;
}

/** Tools that a card has beside the common ones, by name and with their words; where they are; what enlarges it. */
interface CardOwn {
  acts?: Record<string, [label: string, act: (card: Found) => unknown]>;
  home?: Found;
  large?(card: Found): unknown;
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
