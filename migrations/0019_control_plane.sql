ALTER TABLE "wallet_transfers" DROP CONSTRAINT "wallet_transfers_session_id_sessions_id_fk";
--> statement-breakpoint
DROP INDEX "wallet_checkouts_user";--> statement-breakpoint
ALTER TABLE "wallet_transfers" ADD CONSTRAINT "wallet_transfers_session_id_wallet_holds_session_id_fk" FOREIGN KEY ("session_id") REFERENCES "public"."wallet_holds"("session_id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "wallet_checkouts_age" ON "wallet_checkouts" USING btree ("created_at");--> statement-breakpoint
CREATE INDEX "wallet_checkouts_user" ON "wallet_checkouts" USING btree ("user_id","created_at");