CREATE TABLE "seat_offers" (
	"session_id" uuid NOT NULL,
	"user_id" uuid NOT NULL,
	"seat" integer NOT NULL,
	"expires_at" timestamp with time zone NOT NULL,
	CONSTRAINT "seat_offers_session_id_user_id_pk" PRIMARY KEY("session_id","user_id"),
	CONSTRAINT "seat_offers_seat" CHECK ("seat_offers"."seat" > 1)
);
--> statement-breakpoint
ALTER TABLE "seat_offers" ADD CONSTRAINT "seat_offers_session_id_sessions_id_fk" FOREIGN KEY ("session_id") REFERENCES "public"."sessions"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "seat_offers" ADD CONSTRAINT "seat_offers_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;