export interface CompiledRule {
  readonly id: string;
  readonly advisory?: true;
}
