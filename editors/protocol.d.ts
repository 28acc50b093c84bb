// What goes over the wire, as docs/protocol.md explains. Written by the tests.

/** Everything an editor shows at a glance. `workspace` and `sessions` are about the client's folders, the rest is about
 * everything. */
export type Status = {
  /** The version of this shape. */
  version: number,
  /** Grows with every change of the content; one revision has the same content wherever it is asked for. */
  revision: number,
  /** When this copy was made. */
  generatedAt: string,
  /** What a status line shows: `$3.42 · ctx 41%`. */
  text: string,
  /** How urgent it is. */
  severity: Severity,
  /** The client's folders. */
  workspace: Workspace,
  /** The latest sessions of the client's folders, most recent first. */
  sessions: Array<Session>,
  /** Since midnight. */
  today: Totals,
  /** Since the week began. */
  week: Totals,
  /** Since the month began. */
  month: Totals,
  /** All that is known. */
  allTime: Totals,
  /** The present rate. */
  burn: Burn,
  /** The budgets in force. */
  budgets: Array<Budget>,
  /** Plan limits as far as someone told of them, the shortest window first. */
  limits: Array<Limit>,
  /** What holds now and nobody has acknowledged or snoozed: of each matter the gravest. */
  alerts: Array<AlertNotice>,
  /** How the numbers came about. */
  health: Health,
};

/** How urgent a status is; it decides a colour. */
export type Severity = "ok" | "warning" | "error" | "stale";

/** What concerns the client's folders. */
export type Workspace = {
  /** The first folder; `null` for a client without one. */
  project: string | null,
  /** Cost since midnight of the sessions in the folders and the other worktrees of their repositories; `null` without
   * a folder. */
  todayUsd: number | null,
  /** The latest session there. */
  session: SessionBrief | null,
  /** That session's context. */
  context: Context | null,
};

/** The session that a client most likely looks at. */
export type SessionBrief = {
  /** Its id. */
  id: string,
  /** Its title, given by the user or made by Claude Code. */
  title: string | null,
  /** The model of its latest main-thread response, as written. */
  model: string | null,
  /** What it cost, its subagents included. */
  costUsd: number,
  /** Its first line's time. */
  startedAt: string | null,
  /** Its latest line's time. */
  lastActivityAt: string | null,
  /** Its main thread spoke within the last 15 minutes. */
  active: boolean,
};

/** How full a session's context is. */
export type Context = {
  /** Tokens of the latest prompt; `null` after a compaction that did not say. */
  usedTokens: number | null,
  /** The model's window; `null` for a model that is not known. */
  windowTokens: number | null,
  /** Used part of the window, 0–100 and beyond where the window was misjudged. */
  usedPercent: number | null,
  /** Where Claude Code compacts by itself. */
  autoCompactPercent: number | null,
  /** Who says so. */
  source: ContextSource,
};

/** Where the numbers of a context come from. */
export type ContextSource = "statusline" | "inferred" | "unknown";

/** One session. */
export type Session = {
  /** Its id. */
  id: string,
  /** Its title. */
  title: string | null,
  /** The folder that it was started in. */
  project: string | null,
  /** The model of its latest main-thread response, as written. */
  model: string | null,
  /** The git branch of its latest line. */
  branch: string | null,
  /** What it cost, its subagents included. */
  costUsd: number,
  /** Its context. */
  context: Context,
  /** Its latest line's time. */
  lastActivityAt: string | null,
  /** Whether it is at work. */
  state: State,
  /** Its subagents, most recent first. */
  subagents: Array<Subagent>,
  /** Its prompt cache; `null` where Claude Code told of none. */
  cache: Cache | null,
};

/** Whether a session or subagent is at work. */
export type State = "active" | "idle" | "ended";

/** One subagent of a session. */
export type Subagent = {
  /** Its id. */
  id: string,
  /** Its type. */
  type: string | null,
  /** What it cost. */
  costUsd: number,
  /** Whether it is at work. */
  state: State,
};

/** Sums over responses. */
export type Totals = {
  /** Cost at list price. */
  costUsd: number,
  /** Prompt tokens from no cache. */
  inputTokens: number,
  /** Generated tokens. */
  outputTokens: number,
  /** Tokens written to caches of both lifetimes. */
  cacheWriteTokens: number,
  /** The part of them written for an hour. */
  cacheWrite1hTokens: number,
  /** Tokens read from a cache. */
  cacheReadTokens: number,
  /** All of them. */
  totalTokens: number,
  /** Responses. */
  messages: number,
  /** Sessions that they belong to. */
  sessions: number,
  /** Web searches on the server. */
  webSearches: number,
  /** Records of a model that the price table does not know: their tokens count, their cost is not known. */
  unpricedMessages: number,
  /** Responses whose output count no line finished: they cost at least what is said. */
  lowerBoundMessages: number,
};

/** A session's prompt cache, as Claude Code's status line tells of it. */
export type Cache = {
  /** The next turn reads it. */
  warm: boolean,
  /** When it goes cold, or went. */
  expiresAt: string,
  /** What writing it anew costs once it is cold; `null` where that is not known. */
  coldCostUsd: number | null,
};

/** The present rate of spending; `null` where nothing was spent lately. */
export type Burn = {
  /** Dollars an hour over the last hour (over the window so far where that is shorter). */
  usdPerHour: number | null,
  /** Tokens of all classes a minute, over the same time. */
  tokensPerMinute: number | null,
  /** The five-hour window that runs. */
  block: Block | null,
};

/** A five-hour window: it starts with the first response after the last one ended. */
export type Block = {
  /** Its first response's time. */
  startedAt: string,
  /** Five hours later. */
  endsAt: string,
  /** Cost so far. */
  costUsd: number,
  /** Cost at its end if the present rate goes on. */
  projectedUsd: number,
};

/** A budget and how it stands. */
export type Budget = {
  /** Its number, for `costline.removeBudget`. */
  id: number,
  /** Whose spending counts: `all`, `project`, `model` or `branch`. */
  scope: string,
  /** Which project, model or branch; `null` for all. */
  name: string | null,
  /** `day`, `week`, `month`, `cycle`, `block` (the five-hour window) or `session`. */
  period: string,
  /** How much may be spent. */
  limitUsd: number,
  /** What was spent in the period that runs; of a session's budget, by the client's latest session. */
  spentUsd: number,
  /** How many responses in it have no known price: more was spent. 0 for a session's. */
  unpricedMessages: number,
  /** The used part, 0–100 and beyond. */
  usedPercent: number,
  /** By the highest threshold that is reached. */
  severity: Urgency,
  /** When it begins anew; `null` for a session's, and while no five-hour window runs. */
  resetsAt: string | null,
  /** When it is used up at the present rate, or was; `null` where that is not before it begins anew. */
  exhaustedAt: string | null,
  /** Work stops when it is used up. */
  hard: boolean,
  /** Parts of it in percent at which a word is said. */
  thresholds: Array<number>,
  /** Where it was set: `command` or `config`. */
  source: string,
};

/** How urgent something is. */
export type Urgency = "ok" | "info" | "warning" | "error";

/** The parameters of `costline/budgetWarning`: a threshold of a budget was crossed. */
export type BudgetWarning = {
  /** The alert's number, for `costline.acknowledgeAlert` and `costline.snoozeAlert`. */
  id: number,
  /** `all`, `project`, `model` or `branch`. */
  scope: string,
  /** Which project, model or branch; `null` for all. */
  name: string | null,
  /** `day`, `week`, `month`, `cycle`, `block` or `session`. */
  period: string,
  /** How urgent it is; `info` is never popped up. */
  severity: Urgency,
  /** The budget. */
  limitUsd: number,
  /** What was spent of it when that was found. */
  spentUsd: number,
  /** The same in percent. */
  usedPercent: number,
  /** The threshold. */
  thresholdPercent: number,
  /** When the period ends; `null` for a session's budget. */
  resetsAt: string | null,
  /** The session, of a session's budget. */
  session: string | null,
  /** All of that in a sentence, with the two largest consumers. */
  message: string,
};

/** The parameters of `costline/limitWarning`: a threshold of a plan limit was crossed. */
export type LimitWarning = {
  /** The alert's number. */
  id: number,
  /** The window: `fiveHour`, `sevenDay` … */
  window: string,
  /** How urgent it is; `info` is never popped up. */
  severity: Urgency,
  /** The used part when that was reported. */
  usedPercent: number,
  /** The threshold. */
  thresholdPercent: number,
  /** When the window begins anew. */
  resetsAt: string | null,
  /** All of that in a sentence. */
  message: string,
};

/** The parameters of `costline/alert`: any other warning. */
export type AlertNotice = {
  /** The alert's number. */
  id: number,
  /** What was found: `hardLimit`, `pace`, `window`, `spike`, `context`, `coldCache`, `subagents`; in a status also
   * `budget` and `limit`. */
  rule: string,
  /** How urgent it is; `info` is never popped up. */
  severity: Urgency,
  /** What it is called, in a few words. */
  title: string,
  /** What it says, in a sentence. */
  message: string,
  /** What can be done about it: commands for `workspace/executeCommand`. */
  actions: Array<Action>,
  /** The session that it is about; `null` where it is about none. */
  session: string | null,
  /** When it ends by itself; `null` where that is not known. */
  resetsAt: string | null,
  /** When it was raised. */
  raisedAt: string,
};

/** Something that can be done about an alert. */
export type Action = {
  /** What a button says. */
  title: string,
  /** The command. */
  command: string,
  /** Its arguments. */
  arguments: Array<unknown>,
};

/** One limit of a plan, as it was last reported. */
export type Limit = {
  /** The window: `fiveHour`, `sevenDay`, `sevenDayOpus`, `spend`, or another that Claude Code reports. */
  window: string,
  /** Used part of it, 0–100 and beyond where it was exceeded. */
  usedPercent: number,
  /** When it begins anew; beyond that the limit is not listed until it is reported again. */
  resetsAt: string | null,
  /** When that was so. */
  reportedAt: string,
  /** Who said so. */
  source: Source,
  /** When it is used up at the present rate, or was; `null` where it is not before its reset, or nobody can tell. */
  exhaustedAt: string | null,
};

/** Who told of a limit. Of reports of the same moment the later one here counts. */
export type Source = "claudeJson" | "transcript" | "statusline";

/** How the numbers came about. */
export type Health = {
  /** The process that reads transcripts; `null` where none is known. */
  leaderPid: number | null,
  /** What this process does. */
  role: Role,
  /** How changes are noticed. */
  watch: Watch,
  /** When transcripts were last read into the database. */
  lastIngestAt: string | null,
  /** What is not right, each in a sentence. */
  problems: Array<string>,
};

/** Whether a process reads transcripts or follows another one that does. */
export type Role = "leader" | "follower";

/** How changes of transcripts are noticed. */
export type Watch = "events" | "polling";

/** A report. */
export type Report = {
  /** Sums over everything that was asked for, whatever the limit on rows. */
  totals: Totals,
  /** Most recent first where the key is a time or a session, costliest first elsewhere. */
  rows: Array<Row>,
  /** The first day; `null` where there is none. */
  since: string | null,
  /** The last day, inclusive. */
  until: string | null,
  /** The zone of the days. */
  timezone: string,
  /** `true` where some transcripts had not been read yet. */
  partial?: boolean,
};

/** A row of a report. What is beyond its sums is missing in rows about times. */
export type Row = {
  /** What the row is about; empty for what has none. */
  key: string,
  /** Its parts by the second key, where one was asked for; they sum to it in tokens and cost. */
  parts?: Array<Part>,
} & Totals & Partial<Extra>;

/** A part of a row. */
export type Part = {
  /** What the part is about; empty for what has none. */
  key: string,
} & Totals;

/** What is known of a session, project, model, agent, skill, tool or MCP server beyond its sums. */
export type Extra = {
  /** The title of a session, in reports by session; absent elsewhere and where it is not known. */
  title?: string,
  /** The folder that a session was started in, in reports by session. */
  project?: string,
  /** The first response's time (a session's first line). */
  startedAt: string | null,
  /** The last response's time (a session's last line). */
  lastActivityAt: string | null,
  /** From a session's first to its last line, in milliseconds. */
  durationMs: number | null,
  /** Time that Claude Code says it waited for the API, in milliseconds. */
  apiMs: number | null,
  /** Half of the responses took no longer, in milliseconds. */
  responseMsP50: number | null,
  /** Nineteen of twenty responses took no longer, in milliseconds. */
  responseMsP95: number | null,
  /** Lines that edits added. */
  linesAdded: number,
  /** Lines that edits removed. */
  linesRemoved: number,
  /** Uses of tools. */
  toolCalls: number,
  /** Distinct files that were edited. */
  filesModified: number,
  /** Uses of the tool, skill or server; runs of the agent. */
  uses: number | null,
  /** Uses that failed. */
  failures: number | null,
  /** Tokens of all classes for one use. */
  avgTokens: number | null,
  /** Cost against the equally long range before, in percent: of agents, skills, tools and MCP servers, where the range
   * has both ends and something was spent before. */
  changePercent: number | null,
};
