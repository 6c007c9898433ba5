locals {
  # What the Worker is given (edge/env.ts), each under its setting's name.
  worker_secrets = [
    "DATABASE_URL",
    "UPSTASH_REDIS_REST_URL",
    "UPSTASH_REDIS_REST_TOKEN",
    "SIGNING_JWKS",
    "NODE_REGISTRATION_KEY",
    "SAVES_S3_ACCESS_KEY_ID",
    "SAVES_S3_SECRET_ACCESS_KEY",
    "SES_ACCESS_KEY_ID",
    "SES_SECRET_ACCESS_KEY",
    "STRIPE_SECRET_KEY",
    "PAYMENT_WEBHOOK_SECRETS",
    "DNS_API_TOKEN",
  ]

  # What media nodes read: the key that they register with.
  node_secrets = ["fleet-key"]

  # What only deploys use: the database's owner, for migrations.
  deploy_secrets = ["database-owner-url"]
}
