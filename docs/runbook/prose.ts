/** What begins a command that an operator would run: the programs of this runbook. */
const COMMAND =
  /^(sudo )?(npm (run|test|start|install|i)|npx|terraform|aws|systemctl|journalctl|git|jq|curl|psql|wrangler|apt(-get)?|export|bash|node) \S|^[\w./-]+\.sh\b/;

/** The commands of a page that are in its text, between backquotes, and not in a block: what a reader would copy and no test runs. */
export function commandsInProse(text: string): string[] {
  const prose = text.replaceAll(/^```[\s\S]*?^```$/gm, '');
  return [...prose.matchAll(/`([^`\n]+)`/g)].map(([, code = '']) => code).filter(code => COMMAND.test(code));
}
