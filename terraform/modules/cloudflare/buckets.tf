resource "cloudflare_r2_bucket" "saves" {
  account_id    = var.account_id
  name          = var.saves_bucket
  location      = var.location
  storage_class = "Standard"

  lifecycle {
    prevent_destroy = true
  }
}

# The Worker deletes what is due by itself; this is for what it never came to know of.
resource "cloudflare_r2_bucket_lifecycle" "saves" {
  account_id  = var.account_id
  bucket_name = cloudflare_r2_bucket.saves.name

  rules = [
    {
      id         = "recordings"
      enabled    = true
      conditions = { prefix = "recordings/" }
      # Twice the week that recordings are kept for (edge/recordings).
      delete_objects_transition = {
        condition = { type = "Age", max_age = 14 * 24 * 3600 }
      }
    },
    {
      id         = "uploads"
      enabled    = true
      conditions = { prefix = "" }
      abort_multipart_uploads_transition = {
        condition = { type = "Age", max_age = 24 * 3600 }
      }
    },
  ]
}

# What new nodes fetch at their first boot. It may be read by all: it is this source, and nodes check its SHA-256.
resource "cloudflare_r2_bucket" "releases" {
  account_id = var.account_id
  name       = "${var.worker_name}-releases"
  location   = var.location
}

resource "cloudflare_r2_custom_domain" "releases" {
  account_id  = var.account_id
  bucket_name = cloudflare_r2_bucket.releases.name
  domain      = "${var.worker_name}-releases.${var.zone}"
  zone_id     = local.zone_id
  enabled     = true
  min_tls     = "1.2"
}
