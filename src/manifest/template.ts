/** The manifest that `bot-bottle init` writes: it starts as it stands, and every line that is commented out is valid too. */
export const MANIFEST_TEMPLATE = `# What agents may do here. Every key is described in docs/MANIFEST.md; \`bot-bottle schema\` prints a JSON Schema for editors.
# Nothing that is not written here leaves a bottle.

bottles:
  dev:
    runtime: auto               # the strongest isolation that this computer can run
    # min_boundary: user-kernel # refuse to start with less: shared-kernel < user-kernel < vm
    # resources: { cpus: 2, memory: 4g, pids: 1024, disk: 10g }
    workspace: copy             # the agent works on a copy; see \`bot-bottle diff\` and \`apply\`
    # env: { TZ: UTC, BUILD: "\${USER}", TICKET: "?Which ticket" } # text, a variable of this computer, a question
    egress:
      allow:
        - host: api.anthropic.com # what Claude Code talks to; with inject: anthropic it never sees the key
        - preset: npm           # wherever npm on this computer is configured to download from; also pip, apt
        # - host: "*.example.org" # every subdomain
        # - { github: acme/app }  # clone, pull and read the API of one repository; push: true for more
        # - { host: api.example.com, methods: [GET], paths: ["/v1/**"] }
        # - { host: models.example.com, inject: { bearer: true, secret: "\${MODELS_KEY}" } } # the agent never sees it
        # - { host: git.corp.example, port: 8080, scheme: http, addresses: [10.1.2.3] } # a private address
      # deny:
      #   - host: telemetry.example.org
    # skills: [review]

  # offline:
  #   extends: dev
  #   egress: { allow: [] }

agents:
  claude: { bottle: dev, agent: claude }
  shell: { bottle: dev, agent: shell } # \`bot-bottle start shell -- npm install\`, or without a command a shell
`;
