variable "zone" {
  description = "Name of the zone."
  type        = string
}

variable "limits" {
  description = "Requests a minute that one address may make, by host name."
  type        = map(number)
}
