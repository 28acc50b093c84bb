-- lualine and heirline: doubles of what their pages promise a component, or the real ones where COSTLINE_LUALINE and
-- COSTLINE_HEIRLINE name their folders.
local home = require('home')

local function take(text, severity)
  local health = { problems = {} }
  require('costline.state').take({ generatedAt = '', text = text, severity = severity, health = health })
end

--- The class of a component in lualine: `extend()` makes a class, calling it an object, whose `init` takes the options.
local function lualine_double()
  local Class = {}
  Class.__index = Class
  function Class:extend()
    local class = setmetatable({}, { __index = self, __call = Class.new })
    class.__index, class.super = class, self
    return class
  end
  function Class.new(class, options)
    local object = setmetatable({}, class)
    object:init(options)
    return object
  end
  function Class:init(options)
    self.options = options
  end
  package.loaded['lualine.component'] = Class
end

local function with_doubles()
  lualine_double()
  package.loaded['lualine.components.costline'] = nil
  local component = require('lualine.components.costline')({ self = { section = 'x' } })
  assert(component:update_status() == '$9.12 · ctx 41%%', component:update_status())
  assert(component.options.color() == 'CostlineError' and type(component.options.on_click) == 'function')
  local own = require('lualine.components.costline')({ color = 'Own' })
  assert(own.options.color == 'Own')
  package.loaded['lualine.component'], package.loaded['lualine.components.costline'] = nil, nil
end

local function with_lualine(folder)
  vim.opt.runtimepath:append(folder)
  require('lualine').setup({ options = { icons_enabled = false }, sections = { lualine_x = { 'costline' } } })
  local drawn = vim.api.nvim_eval_statusline(require('lualine').statusline(true), { highlights = true })
  assert(drawn.str:find('$9.12 · ctx 41%', 1, true), drawn.str)
  require('lualine').hide({})
end

local function with_heirline(folder)
  vim.opt.runtimepath:append(folder)
  require('heirline').setup({ statusline = { { provider = '%f' }, require('costline.heirline') } })
  local drawn = vim.api.nvim_eval_statusline(require('heirline').eval_statusline(), { highlights = true })
  assert(drawn.str:find('$9.12 · ctx 41%', 1, true), drawn.str)
end

return {
  {
    'lualine',
    function()
      home.new()
      require('costline.line').define_highlights()
      take('$9.12 · ctx 41%', 'error')
      with_doubles()
      local folder = vim.env.COSTLINE_LUALINE
      if folder then
        with_lualine(folder)
      else
        io.stdout:write('SKIPPED: the real lualine.nvim; COSTLINE_LUALINE names its folder\n')
      end
      vim.o.statusline = ''
    end,
  },
  {
    'heirline',
    function()
      home.new()
      require('costline.line').define_highlights()
      local component = require('costline.heirline')
      assert(not component.condition())
      take('$9.12 · ctx 41%', 'error')
      assert(
        component.condition() and component.provider() == '$9.12 · ctx 41%%' and component.hl() == 'CostlineError'
      )
      take('$9.12 · ctx 41%', 'ok')
      assert(component.hl() == nil and type(component.on_click.callback) == 'function')
      take('$9.12 · ctx 41%', 'error')
      local folder = vim.env.COSTLINE_HEIRLINE
      if folder then
        with_heirline(folder)
      else
        io.stdout:write('SKIPPED: the real heirline.nvim; COSTLINE_HEIRLINE names its folder\n')
      end
      vim.o.statusline = ''
    end,
  },
}
