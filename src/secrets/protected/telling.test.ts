import { expect, test } from 'vitest';
import { valuesIn } from './values.ts';

const lookedFor = (line: string): readonly string[] =>
  valuesIn('.env', `FIRST=1\n${line}\n`).values.map(({ value }) => value);

/** Typical lines of a project's `.env`; such values also occur in prompts, code and URLs. */
const ORDINARY = [
  // Names, places, languages
  'AWS_REGION=us-east-1',
  'TZ=Europe/Berlin',
  'LANG=en_US.UTF-8',
  'APP_NAME=my-application',
  'APP_TITLE="My Company: Production Environment"',
  'COMPANY=Größe-und-Maße',
  'NODE_ENV=production',
  'NAME=abcdefghijklmnopqrstuvwxyz',
  // Models
  'MODEL=claude-sonnet-4-5',
  'OPENAI_MODEL=gpt-4o-mini-2024-07-18',
  'BEDROCK_MODEL=us.anthropic.claude-3-7-sonnet-20250219-v1:0',
  'HF_MODEL=meta-llama/Llama-3.1-70B-Instruct',
  'GGUF=mixtral-8x7b-instruct-v0.1.Q4_K_M.gguf',
  'EMBEDDINGS=sentence-transformers/all-MiniLM-L6-v2',
  // Hosts and addresses
  'DB_HOST=database.internal',
  'RDS=mydb.c9akciq32xyz.us-east-1.rds.amazonaws.com',
  'SUPABASE_HOST=qpzjdbthcmcihmejezos.supabase.co:5432',
  'KAFKA=broker-1.internal:9092,broker-2.internal:9092',
  'BIND=0.0.0.0:8080',
  'NO_PROXY=localhost,127.0.0.1,.example.com',
  'BYPASS=localhost,127.0.0.1',
  'IPV6=2001:db8:85a3::8a2e:370:7334',
  'MAC=00:1A:2B:3C:4D:5E',
  'ADMIN_EMAIL=admin@example.com',
  'MAIL_FROM="Admin Team <no-reply+alerts@mail.example.co.uk>"',
  'SERVICE_ACCOUNT=ci-bot@my-project-123456.iam.gserviceaccount.com',
  'API_URL=https://api.example.com/v1/users?page=2&sort=created_at',
  'REDIS_URL=redis://localhost:6379/0',
  'SUPABASE_URL=https://qpzjdbthcmcihmejezos.supabase.co/rest/v1',
  'QUEUE=https://sqs.us-east-1.amazonaws.com/123456789012/orders-production',
  'JDBC_URL=jdbc:postgresql://database.internal:5432/application_production',
  'DSN=https://0b6e7a0e3d6c4f2a9b570a3f0d2f1c11@o123456.ingest.sentry.io/4505',
  'ORIGINS=["http://localhost:3000","https://www.example.com"]',
  // Versions, images, dates
  'IMAGE_TAG=1.24.3-alpine',
  'IMAGE=ghcr.io/acme/web-frontend:v2024.05.1-rc.1',
  `PINNED=registry.example.com/app@sha256:${'0b6e7a0e3d6c4f2a'.repeat(4)}`,
  'JDK=eclipse-temurin:21.0.2_13-jdk-jammy',
  'WHEEL=numpy-1.26.4-cp311-cp311-manylinux_2_17_x86_64.whl',
  'SINCE=2024-12-31T23:59:59.999+02:00',
  'API_VERSION=2024-08-01-preview',
  'TIMEOUT=1h30m15s500ms',
  'DURATION=PT1H30M15S',
  'DOCKER_TAG=main-3f2a9c1b',
  'DESCRIBED=v1.2.3-45-g3f2a9c1',
  'CRON="*/15 9-17 * * 1-5"',
  // Files, commands, formats
  'DATA_DIR=/var/lib/app/data/uploads',
  'DB_FILE=./data/sqlite/app-v2.db',
  'CONFIG=~/.config/my-app/settings.toml',
  'GOOGLE_APPLICATION_CREDENTIALS=./keys/service-account.json',
  'TLS_SECRET=/run/secrets/tls-certificate-2024',
  'JAVA_OPTS="-Xms512m -Xmx2g -XX:+UseG1GC"',
  'NODE_OPTIONS=--max-old-space-size=4096',
  'START="gunicorn app.wsgi:application --bind 0.0.0.0:8000 --workers 4"',
  'LOG_FORMAT="%(asctime)s [%(levelname)s] %(name)s: %(message)s"',
  'DATE_FORMAT=%Y-%m-%dT%H:%M:%S',
  'ROUTES=^/api/(v1|v2)/users/[0-9]+$',
  'HEADERS=Content-Type,Authorization,X-Requested-With',
  'FEATURES=new-checkout:on,dark_mode:off',
  'OTEL=service.name=checkout,service.version=1.4.2',
  'OPTIONS={"level":"info","format":"json","colors":false}',
  'USER_AGENT="Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36"',
  // Algorithms, identifiers
  'CIPHERS=ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384',
  'CURVE=secp256k1',
  'COLLATION=utf8mb4_unicode_ci',
  'ROLE=arn:aws:iam::123456789012:role/MyDeployRole',
  'BUCKET=s3://my-bucket-prod-eu/backups/daily',
  'TOPIC=projects/my-project-123456/topics/order.created.v1',
  'INSTANCE=db.r6gd.16xlarge',
  'AZURE_TENANT_ID=72f988bf-86f1-41af-91ab-2d7cd011db47',
  'SECURITY_GROUP_ID=sg-0a1b2c3d4e5f67890',
  'VITE_FIREBASE_APP_ID=1:123456789012:web:3f2a9c1b7e4d5a6f',
  'NONE=00000000-0000-0000-0000-000000000000',
  'RELEASE=web-frontend@3f2a9c1b7e4d5a6f8091a2b3c4d5e6f708192a3b',
  'GIT_COMMIT=3f2a9c1b7e4d5a6f8091a2b3c4d5e6f708192a3b',
  'GIT_REF=3f2a9c1b7e4d5a6f8091a2b3c4d5e6f708192a3b',
  'SHA256SUM=3f2a9c1b7e4d5a6f8091a2b3c4d5e6f7',
  'MODEL=ft:gpt-3.5-turbo-0613:acme::7qTVM5AR',
  'SECRET_KEY= # put yours here',
  'SSH_PUBLIC_KEY="ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGx7Qm2ZpL9vTt4RkW8sNcB1yHd6UfAjE3 me@laptop"',
  'EMPTY_VARIABLE_WITH_A_LONG_NAME=',
  '[section-with-a-long-name]',
  'a_key_of_yaml_without_a_value:',
  'DB_URL=postgres://app:${DB_PASSWORD}@database.internal/app',
  'API_TOKEN=${OTHER_TOKEN}',
  'API_TOKEN=<from-the-dashboard>',
];

test.each(ORDINARY)('%s is not searched for', (line) => expect(lookedFor(line)).toEqual([]));

test.each([
  'DB_PASSWORD=postgres',
  'POSTGRES_PASSWORD=mysecretpassword',
  'DB_PASS=secure_password_123',
  'ADMIN_PASSWORD=P@ssw0rd!',
  'PIN=12345678',
  'NEO4J_AUTH=neo4j/password',
  'JWT_SECRET=your-secret-key-change-in-production',
  'APP_SECRET=change_this_to_a_long_random_string',
  'OPENAI_API_KEY=your-api-key-here',
  'STRIPE_SECRET_KEY=sk_test_your_secret_key_here',
  'GROQ_API_KEY=gsk_xxxxxxxxxxxxxxxxxxxxxxxx',
  'DATABASE_URL=postgresql://app:postgres@database.internal/app',
  'AMQP_URL=amqp://guest:guest@localhost:5672',
])('%s is only named', (line) => {
  const { values, plain } = valuesIn('.env', line);
  expect(values).toEqual([]);
  expect(plain).toEqual([`.env: ${line.slice(0, line.indexOf('='))}`]);
});

const BASE62 = 'x7Qm2ZpL9vTt4RkW8sNcB1yH';
const BASE64 = 'q3V+Zk9/1xY7bT0mJw2uHs8Rf4aPcLdE6gNiKoXv5tA=';
const HEX = '9f86d081884c7d659a2feaa0c55ad015';
const UUID = '72f988bf-86f1-41af-91ab-2d7cd011db47';
const HASH = String.raw`$2b$12$R9h/cIPz0gi.URNNX3kh2OPST9/PgBkqquzi.Ss7KIUgO2t0jWMUW`;
const JWT = ['eyJhbGciOiJIUzI1NiJ9', 'eyJzdWIiOiJtZSJ9', 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk'].join(
  '.',
);

test.each([
  // Shell syntax
  ['DB_PASSWORD=#Kx9vQ2mZp7Lw4Rt', '#Kx9vQ2mZp7Lw4Rt'],
  ['DB_PASSWORD=;Kx9vQ2mZp7Lw4Rt', ';Kx9vQ2mZp7Lw4Rt'],
  // Other names for keys of secrets
  ['DB_PW=Winter-2031-Sun', 'Winter-2031-Sun'],
  ['DB_CREDS=Winter-2031-Sun', 'Winter-2031-Sun'],
  ['API_TOKENS=Winter-2031-Sun', 'Winter-2031-Sun'],
  ['SECRET_VALUE=Winter-2031-Sun', 'Winter-2031-Sun'],
  ['OLD_PASSWORD_2023=Winter-2031-Sun', 'Winter-2031-Sun'],
  // Random values, whatever their key
  ['VALUE=7f3a9c2e-1b4d8f60-9e2c7a51', '7f3a9c2e-1b4d8f60-9e2c7a51'],
  [`VALUE=${BASE62}`, BASE62],
  [`VALUE=${BASE62.slice(0, 12)}`, BASE62.slice(0, 12)],
  [`PREFIXED=sk_live_${BASE62}`, `sk_live_${BASE62}`],
  [`LONG=my-application-production-${BASE62}`, `my-application-production-${BASE62}`],
  [`VALUE=${BASE64}`, BASE64],
  [`VALUE=base64:${BASE64}`, BASE64],
  [
    `VALUE=${BASE64.slice(0, -1).replaceAll('+', '-').replaceAll('/', '_')}`,
    'q3V-Zk9_1xY7bT0mJw2uHs8Rf4aPcLdE6gNiKoXv5tA',
  ],
  [`VALUE=${HEX}`, HEX],
  [`VALUE=${HEX.slice(0, 16).toUpperCase()}`, HEX.slice(0, 16).toUpperCase()],
  [`VALUE=${UUID}`, UUID],
  [`APP=${UUID}`, UUID],
  [`SECRET_ID=${UUID}`, UUID],
  [`SESSION_ID=${UUID}`, UUID],
  ['VALUE=KZQWXPLDGVTB4SJY2NRMC7AH', 'KZQWXPLDGVTB4SJY2NRMC7AH'],
  ['VALUE=qzkvjxwpmtbnrhgdqfzk', 'qzkvjxwpmtbnrhgdqfzk'],
  ['VALUE=pX#9k!vQ2$mZ7&wT', 'pX#9k!vQ2$mZ7&wT'],
  [`VALUE=${JWT}`, JWT],
  [`STORED='${HASH}'`, HASH],
  ['AWS_ACCESS_KEY_ID=XKIAQ3EGRTPKX2ZV7NBD', 'XKIAQ3EGRTPKX2ZV7NBD'],
  ['CREDS=YXBwOlM0bHQtYW5kLXAzcHBlcg==', 'YXBwOlM0bHQtYW5kLXAzcHBlcg=='],
  [`- ${BASE62}`, BASE62],
  // Within a value
  [`HEADER="Authorization: Bearer ${BASE62}"`, BASE62],
  [`START="server --port 8080 --seed ${HEX}"`, HEX],
  ['START="server --password=tall-green-tree"', 'tall-green-tree'],
  [`OTEL_HEADERS=x-team=core,api-key=${HEX}`, HEX],
  ['ADO="Server=tcp:db.internal,1433;User ID=app;Password=tall-green-tree;Encrypt=yes"', 'tall-green-tree'],
  [`AZURE=DefaultEndpointsProtocol=https;AccountName=acme;AccountKey=${BASE64}`, BASE64],
  // Words too, if the key is the key of a secret
  ['API_KEY=s3cr3t-value-1', 's3cr3t-value-1'],
  ['DB_PASSWORD="correct horse battery staple"', 'correct horse battery staple'],
  ['DB_PASSWORD=correct-horse-battery-staple', 'correct-horse-battery-staple'],
  ['DB_PASSWORD=correcthorsebattery', 'correcthorsebattery'],
  ['DB_PASSWORD_2=tall-green-tree', 'tall-green-tree'],
  ['API_TOKEN_PROD=tall-green-tree', 'tall-green-tree'],
  ['SECRET_KEY_BASE=tall-green-tree', 'tall-green-tree'],
  ['DJANGO_SECRET_KEY=tall-green-tree', 'tall-green-tree'],
  ['clientSecret: tall-green-tree', 'tall-green-tree'],
  ['LICENSE_KEY=ACME-2024-TREE-0042', 'ACME-2024-TREE-0042'],
  ['PIN=482916307755', '482916307755'],
  [`TOKEN="Bearer ${BASE62}"`, BASE62],
  // In a URL
  [`DATABASE_URL=postgresql://app:${BASE62}@database.internal:5432/app?sslmode=require`, BASE62],
  ['DATABASE_URL=postgresql://app:tall-green-tree@database.internal/app', 'tall-green-tree'],
  [`MONGO=mongodb+srv://app:${HEX}@cluster0.iopoucy.mongodb.net/app`, HEX],
  ['CELERY="redis://:tall-green-tree@redis-1/0,redis://redis-2/0"', 'tall-green-tree'],
  ['JDBC_URL=jdbc:mysql://database.internal/app?user=app&password=tall-green-tree', 'tall-green-tree'],
  ['JDBC_URL=jdbc:sqlserver://database.internal:1433;user=app;password=tall-green-tree', 'tall-green-tree'],
  [`WEBHOOK=https://hooks.example.com/services/T01/B02/${BASE62}`, BASE62],
  [`REMOTE=https://${BASE62}@git.example.com/acme/app.git`, BASE62],
  ['SAS=https://acme.blob.core.windows.net/data?sv=2022-11-02&sig=tall-green-tree', 'tall-green-tree'],
])('%s: the secret in it is searched for', (line, value) => expect(lookedFor(line)).toEqual([value]));

const PEM = [
  '-----BEGIN PRIVATE KEY-----',
  `MIIEvQIBADANBgkqhkiG9w0BAQ${'x'.repeat(22)}`,
  'AAECAwQFBgcICQoLDA0ODw==',
  '-----END PRIVATE KEY-----',
];
const ACCOUNT = {
  type: 'service_account',
  project_id: 'my-project-123456',
  private_key_id: HEX,
  private_key: `${PEM.join('\n')}\n`,
  client_email: 'ci-bot@my-project-123456.iam.gserviceaccount.com',
  client_id: '104857600123456789012',
  token_uri: 'https://oauth2.googleapis.com/token',
  client_x509_cert_url:
    'https://www.googleapis.com/robot/v1/metadata/x509/ci-bot%40my-project-123456.iam.gserviceaccount.com',
};
const ACCOUNT_VALUES = [HEX, ...PEM.slice(1, 3)];

test.each([
  ['a private key', 'id_ed25519', PEM.join('\n'), PEM.slice(1, 3)],
  ['a private key in quotes', '.env', `KEY="${PEM.join('\n')}"\nLOG_LEVEL=debug-everything`, PEM.slice(1, 3)],
  [
    'a private key on one line',
    '.env',
    `KEY="${PEM.join('\\n')}\\n"\nLOG_LEVEL=debug-everything`,
    PEM.slice(1, 3),
  ],
  [
    'a private key on one line, unquoted',
    '.env',
    `FIREBASE_PRIVATE_KEY=${PEM.join('\\r\\n')}`,
    PEM.slice(1, 3),
  ],
  ['a private key on one line of YAML', 'key.yaml', `private_key: "${PEM.join('\\n')}"`, PEM.slice(1, 3)],
  ['a service account', 'account.json', JSON.stringify(ACCOUNT, undefined, 2), ACCOUNT_VALUES],
  ['a service account in a variable', '.env', `ACCOUNT='${JSON.stringify(ACCOUNT)}'`, ACCOUNT_VALUES],
  [
    'a password by itself',
    'db_password.txt',
    'correct-horse-battery-staple\n',
    ['correct-horse-battery-staple'],
  ],
  ['a key by itself', 'master.key', `${HEX}\n`, [HEX]],
  ['a list of hosts', 'hosts.txt', 'web-frontend.prod.internal\nweb-backend.prod.internal\n', []],
  ['a list of keys', 'keys.txt', `${HEX}\nnot-a-key-but-words\n`, [HEX]],
  [
    '.npmrc',
    '.npmrc',
    `registry=https://npm.corp.example/\n//npm.corp.example/:_authToken=npm_${BASE62}\nemail=me@example.com\n`,
    [`npm_${BASE62}`],
  ],
  [
    '.netrc',
    '.netrc',
    'machine git.example.com login somebody account tall-green-tree password my-tall-tree\n',
    ['tall-green-tree', 'my-tall-tree'],
  ],
  [
    'credentials of AWS',
    'credentials',
    `[my-production-account]\naws_access_key_id = XKIAQ3EGRTPKX2ZV7NBD\naws_secret_access_key = ${BASE64}\nregion = eu-central-1\n`,
    ['XKIAQ3EGRTPKX2ZV7NBD', BASE64],
  ],
])('the values in %s are found', (...[, name, text, values]) =>
  expect(valuesIn(name, text).values.map(({ value }) => value)).toEqual(values),
);
