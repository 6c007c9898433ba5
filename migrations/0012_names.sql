CREATE TABLE "node_name_sweeps" (
	"id" integer PRIMARY KEY NOT NULL,
	"swept_at" timestamp with time zone NOT NULL,
	CONSTRAINT "node_name_sweeps_one_row" CHECK ("node_name_sweeps"."id" = 1)
);
--> statement-breakpoint
CREATE TABLE "node_names" (
	"hostname" text PRIMARY KEY NOT NULL,
	"node_id" text NOT NULL,
	"boot_id" uuid NOT NULL,
	"ipv4" text,
	"ipv6" text,
	"wanted" boolean DEFAULT true NOT NULL,
	"asked_at" timestamp with time zone DEFAULT now() NOT NULL,
	"version" integer DEFAULT 1 NOT NULL,
	"applied_version" integer DEFAULT 0 NOT NULL,
	"applied_at" timestamp with time zone,
	"claim_id" uuid,
	"claimed_until" timestamp with time zone,
	"attempts" integer DEFAULT 0 NOT NULL,
	"next_try_at" timestamp with time zone DEFAULT now() NOT NULL,
	"last_error" text
);
--> statement-breakpoint
CREATE UNIQUE INDEX "node_names_ipv4" ON "node_names" USING btree ("ipv4") WHERE "node_names"."wanted";--> statement-breakpoint
CREATE UNIQUE INDEX "node_names_ipv6" ON "node_names" USING btree ("ipv6") WHERE "node_names"."wanted";--> statement-breakpoint
CREATE INDEX "node_names_due" ON "node_names" USING btree ("next_try_at") WHERE "node_names"."applied_version" < "node_names"."version";--> statement-breakpoint
CREATE INDEX "node_names_node" ON "node_names" USING btree ("node_id");