output "ds" {
  description = "The DS record that the registrar has to have for DNSSEC."
  value       = cloudflare_zone_dnssec.this.ds
}
