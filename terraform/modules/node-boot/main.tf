# What a node begins with: the program of its first boot, and its image. Without providers, so that it can be rendered and applied anywhere
# (terraform/check/boot.test.ts).

terraform {
  required_version = ">= 1.11.0"
}

locals {
  # /etc/nearcade/boot.json. No secret: instance metadata shows it to every program on the machine.
  boot = merge({
    environment   = var.environment
    region        = var.region
    edgeUrl       = var.node.edge_url
    domain        = var.node.domain
    acmeDirectory = var.node.acme_directory
    acmeEmail     = var.node.acme_email
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
  }, local.acme)

  # Only what is set: whatever is written here makes new nodes of all, and a release of before these were there refuses a null. The account
  # itself is a secret: node/acme-account.
  acme = {
    for name, value in {
      acmeExternalAccount = try(var.node.acme.externalAccount, null)
      acmeFallback        = try(var.node.acme.fallback, null)
    } : name => value if value != null
  }
}

# The newest image on the day when the release became what nodes run. It stays until the next release: an apply that changes nothing of nodes replaces none.
resource "terraform_data" "image" {
  input            = var.newest_image
  triggers_replace = var.node.release.sha256

  lifecycle {
    ignore_changes = [input]
  }
}

output "image_id" {
  description = "The AMI that belongs to the release."
  value       = terraform_data.image.output
}

output "user_data" {
  description = "The script, as text."
  value = templatefile("${path.module}/../../../media-node/image/first-boot.sh.tftpl", {
    boot_json      = jsonencode(local.boot)
    release_url    = var.node.release.url
    release_sha256 = var.node.release.sha256
  })
}
