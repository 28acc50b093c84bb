--- Numbers as people read them, in the way of Costline's own tables.
local M = {}

--- `1,234,567`
---@param number? number
---@return string
function M.count(number)
  if not number then
    return '–'
  end
  local digits = ('%.0f'):format(math.abs(number)):reverse():gsub('%d%d%d', '%0,'):reverse()
  return (number < 0 and '-' or '') .. digits:gsub('^,', '')
end

--- `$3.42`, `<$0.01`, and `–` for what is not known.
---@param usd? number
---@return string
function M.money(usd)
  if not usd then
    return '–'
  elseif usd > 0 and usd < 0.005 then
    return '<$0.01'
  end
  -- Half a cent counts up, also where a double lies a little below it.
  local cents = math.floor(math.abs(usd) * 100 + 0.5 + 1e-7)
  local whole = math.floor(cents / 100)
  return ('%s$%s.%02d'):format(usd < 0 and '-' or '', M.count(whole), cents - whole * 100)
end

--- The cost of sums, with a mark where it is not the whole cost.
---@param totals costline.Totals
---@return string
function M.cost(totals)
  return M.money(totals.costUsd) .. ((totals.unpricedMessages or 0) > 0 and '+?' or '')
end

--- `950`, `1.2K`, `34.6M`, `2.50B`
---@param number? number
---@return string
function M.tokens(number)
  if not number then
    return '–'
  elseif number < 1e3 then
    return ('%.0f'):format(number)
  elseif number < 1e6 then
    return ('%.1fK'):format(number / 1e3)
  elseif number < 1e9 then
    return ('%.1fM'):format(number / 1e6)
  end
  return ('%.2fB'):format(number / 1e9)
end

--- `2026-09-14 15:16` of a time of the server, in its zone.
---@param at? string
---@return string
function M.minute(at)
  return at and at:sub(1, 16):gsub('T', ' ') or '–'
end

--- A bar as long as this value beside the greatest.
---@param value number
---@param greatest number
---@param cells integer
---@return string
function M.bar(value, greatest, cells)
  if greatest <= 0 or value <= 0 then
    return ''
  end
  local eighths = math.max(1, math.floor(value / greatest * cells * 8 + 0.5))
  local tips = { '▏', '▎', '▍', '▌', '▋', '▊', '▉' }
  return ('█'):rep(math.floor(eighths / 8)) .. (tips[eighths % 8] or '')
end

return M
