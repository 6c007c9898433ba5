# The program that a node's first boot begins with. Without providers, so that it can be rendered and run anywhere
# (terraform/check/boot.test.ts).

terraform {
  required_version = ">= 1.11.0"
}

locals {
  # /etc/nearcade/boot.json. No secret: instance metadata shows it to every program on the machine.
  boot = {
    environment   = var.environment
    region        = var.region
    edgeUrl       = var.node.edge_url
    domain        = var.node.domain
    acmeDirectory = var.node.acme_directory
    acmeEmail     = var.node.acme_email
    # The account itself is a secret: node/acme-account.
    acmeExternalAccount = try(var.node.acme.externalAccount, null)
    acmeFallback        = try(var.node.acme.fallback, null)
    secrets = {
      region = var.node.secrets_region
      prefix = "nearcade/${var.environment}/node/"
    }
    slots            = var.node.slots
    drainSeconds     = var.node.drain_seconds
    release          = var.node.release
    autoScalingGroup = var.auto_scaling_group
    bootHook         = var.boot_hook
    lifecycleHook    = var.drain_hook
    logGroup         = var.log_group
  }
}

output "user_data" {
  description = "The script, as text."
  value = templatefile("${path.module}/../../../media-node/image/first-boot.sh.tftpl", {
    boot_json      = jsonencode(local.boot)
    release_url    = var.node.release.url
    release_sha256 = var.node.release.sha256
  })
}
