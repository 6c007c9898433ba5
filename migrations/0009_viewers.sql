ALTER TABLE "nodes" ADD COLUMN "can_relay" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "session_members" ADD COLUMN "relay_node_id" text;--> statement-breakpoint
ALTER TABLE "session_members" ADD CONSTRAINT "session_members_relay_node_id_nodes_id_fk" FOREIGN KEY ("relay_node_id") REFERENCES "public"."nodes"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "session_members_relay" ON "session_members" USING btree ("relay_node_id") WHERE "session_members"."active";