import type { Probe } from '../probe.ts';
import { absent, files } from './obeyed.ts';

/** What coding agents obey. */

export const AGENTS: readonly Probe[] = [
  absent({
    id: 'config-claude',
    claim: files('settings of Claude Code'),
    attack: 'leave hooks for Claude Code',
    paths: ['.claude/settings.json', '.claude/settings.local.json', '.claude/commands/x.md', 'CLAUDE.md'],
  }),
  absent({
    id: 'config-mcp',
    claim: files('list of MCP servers'),
    attack: 'leave MCP servers that start on the host',
    paths: ['.mcp.json', '.cursor/mcp.json', '.vscode/mcp.json', '.roo/mcp.json'],
  }),
  absent({
    id: 'config-codex',
    claim: files('settings of Codex'),
    attack: 'leave settings and orders for Codex',
    paths: ['.codex/config.toml', 'AGENTS.md', 'sub/AGENTS.override.md'],
  }),
  absent({
    id: 'config-gemini',
    claim: files('settings of Gemini'),
    attack: 'leave settings and orders for Gemini',
    paths: ['.gemini/settings.json', '.gemini/.env', 'GEMINI.md'],
  }),
  absent({
    id: 'config-cursor',
    claim: files('rules of Cursor, Windsurf or Cline'),
    attack: 'leave rules for Cursor, Windsurf, Cline',
    paths: ['.cursor/rules/x.mdc', '.cursorrules', '.windsurf/rules/x.md', '.windsurfrules', '.clinerules'],
  }),
  absent({
    id: 'config-more-agents',
    claim: files('settings of a lesser known agent'),
    attack: 'leave orders for other agents',
    paths: [
      '.github/copilot-instructions.md',
      '.github/prompts/x.prompt.md',
      '.github/chatmodes/x.chatmode.md',
      '.github/agents/x.agent.md',
      '.github/hooks/x.json',
      '.qwen/settings.json',
      'QWEN.md',
      '.goosehints',
      '.junie/guidelines.md',
      '.amazonq/rules/x.md',
      '.augment/rules/x.md',
      '.augment-guidelines',
      '.kilocode/rules/x.md',
      '.trae/rules/project_rules.md',
      '.factory/settings.json',
      '.crush.json',
      'crush.json',
      'CRUSH.md',
      'WARP.md',
      '.rules',
      '.openhands/microagents/repo.md',
      '.aider.conf.yml',
    ],
  }),
];
