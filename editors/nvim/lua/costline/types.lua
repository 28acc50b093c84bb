---@meta
-- What the server says, as far as the plugin looks at it; docs/protocol.md of Costline has all of it. What is not known
-- is nil.

---@alias costline.Severity 'ok'|'warning'|'error'|'stale'

---@class costline.Status
---@field version integer
---@field revision integer
---@field generatedAt string RFC 3339, with the offset of the user's zone
---@field text string What a status line shows
---@field severity costline.Severity
---@field workspace { project?: string, todayUsd?: number, session?: table, context?: table }
---@field sessions costline.Session[]
---@field today costline.Totals
---@field week costline.Totals
---@field month costline.Totals
---@field allTime costline.Totals
---@field burn table
---@field budgets? costline.Budget[]
---@field limits? table[]
---@field health { problems: string[], role: string, leaderPid?: integer }

---@class costline.Session
---@field id string
---@field title? string
---@field model? string
---@field branch? string
---@field costUsd number
---@field state 'active'|'idle'|'ended'

---@class costline.Totals
---@field costUsd number
---@field totalTokens integer
---@field messages integer
---@field sessions integer
---@field unpricedMessages integer
---@field lowerBoundMessages integer

---@class costline.Row: costline.Totals
---@field key string
---@field lastActivityAt? string
---@field uses? integer
---@field failures? integer

---@class costline.Report
---@field totals costline.Totals
---@field rows costline.Row[]
---@field since? string
---@field until? string
---@field timezone string
---@field partial? boolean

---@class costline.Budget
---@field id? string
---@field scope string
---@field period string
---@field limitUsd number
---@field spentUsd number
---@field usedPercent number
---@field severity costline.Severity
---@field resetsAt? string

---@class costline.Warning
---@field id string
---@field message string
---@field severity? string
---@field title? string

---@alias costline.State
---| 'off' # nothing was started
---| 'starting' # the server runs and has not spoken yet
---| 'live' # the numbers are up to date
---| 'stale' # the server says that they are not
---| 'unresponsive' # the server does not answer
---| 'disconnected' # the server is gone
---| 'missing' # there is no server, or one that will not do

---@class costline.Data What `vim.g.costline` and the event `CostlineUpdate` hold
---@field state costline.State
---@field severity costline.Severity|'disconnected' What decides the colour
---@field text string The server's text; with a mark where it is not fresh
---@field reason? string Why, where the state is none that is good
---@field status? costline.Status The latest one
