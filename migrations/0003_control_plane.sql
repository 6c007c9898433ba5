CREATE TABLE "friend_codes" (
	"user_id" uuid PRIMARY KEY NOT NULL,
	"code" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "friend_codes_code" UNIQUE("code"),
	CONSTRAINT "friend_codes_form" CHECK ("friend_codes"."code" ~ '^[0-9A-HJKMNP-TV-Z]{10}$')
);
--> statement-breakpoint
CREATE TABLE "friend_links" (
	"user_id" uuid NOT NULL,
	"other_id" uuid NOT NULL,
	"state" text NOT NULL,
	"since" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "friend_links_user_id_other_id_pk" PRIMARY KEY("user_id","other_id"),
	CONSTRAINT "friend_links_state" CHECK ("friend_links"."state" in ('asking', 'asked', 'friends', 'blocked')),
	CONSTRAINT "friend_links_other_player" CHECK ("friend_links"."user_id" <> "friend_links"."other_id")
);
--> statement-breakpoint
CREATE TABLE "parties" (
	"id" uuid PRIMARY KEY DEFAULT uuidv7() NOT NULL,
	"code" text NOT NULL,
	"leader_id" uuid NOT NULL,
	"max_members" integer NOT NULL,
	"state" text DEFAULT 'gathering' NOT NULL,
	"check_round" integer DEFAULT 0 NOT NULL,
	"check_until" timestamp with time zone,
	"session_id" uuid,
	"game" text,
	"leader_away_since" timestamp with time zone,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"active_at" timestamp with time zone DEFAULT now() NOT NULL,
	"ended_at" timestamp with time zone,
	CONSTRAINT "parties_state" CHECK ("parties"."state" in ('gathering', 'checking', 'ready', 'started', 'ended')),
	CONSTRAINT "parties_size" CHECK ("parties"."max_members" between 2 and 64),
	CONSTRAINT "parties_ended_state" CHECK (("parties"."state" = 'ended') = ("parties"."ended_at" is not null)),
	CONSTRAINT "parties_check_until" CHECK (("parties"."state" in ('checking', 'ready')) = ("parties"."check_until" is not null))
);
--> statement-breakpoint
CREATE TABLE "party_invites" (
	"party_id" uuid NOT NULL,
	"user_id" uuid NOT NULL,
	"from_id" uuid NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"expires_at" timestamp with time zone NOT NULL,
	CONSTRAINT "party_invites_party_id_user_id_pk" PRIMARY KEY("party_id","user_id")
);
--> statement-breakpoint
CREATE TABLE "party_members" (
	"party_id" uuid NOT NULL,
	"user_id" uuid NOT NULL,
	"joined_at" timestamp with time zone DEFAULT now() NOT NULL,
	"ready_round" integer DEFAULT 0 NOT NULL,
	CONSTRAINT "party_members_party_id_user_id_pk" PRIMARY KEY("party_id","user_id"),
	CONSTRAINT "party_members_one_party" UNIQUE("user_id")
);
--> statement-breakpoint
ALTER TABLE "friend_codes" ADD CONSTRAINT "friend_codes_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "friend_links" ADD CONSTRAINT "friend_links_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "friend_links" ADD CONSTRAINT "friend_links_other_id_users_id_fk" FOREIGN KEY ("other_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "parties" ADD CONSTRAINT "parties_leader_id_users_id_fk" FOREIGN KEY ("leader_id") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "party_invites" ADD CONSTRAINT "party_invites_party_id_parties_id_fk" FOREIGN KEY ("party_id") REFERENCES "public"."parties"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "party_invites" ADD CONSTRAINT "party_invites_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "party_invites" ADD CONSTRAINT "party_invites_from_id_users_id_fk" FOREIGN KEY ("from_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "party_members" ADD CONSTRAINT "party_members_party_id_parties_id_fk" FOREIGN KEY ("party_id") REFERENCES "public"."parties"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "party_members" ADD CONSTRAINT "party_members_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "friend_links_list" ON "friend_links" USING btree ("user_id","state","other_id");--> statement-breakpoint
CREATE INDEX "friend_links_other" ON "friend_links" USING btree ("other_id","state");--> statement-breakpoint
CREATE UNIQUE INDEX "parties_live_code" ON "parties" USING btree ("code") WHERE "parties"."ended_at" is null;--> statement-breakpoint
CREATE INDEX "parties_idle" ON "parties" USING btree ("active_at") WHERE "parties"."ended_at" is null;--> statement-breakpoint
CREATE INDEX "parties_ended" ON "parties" USING btree ("ended_at") WHERE "parties"."ended_at" is not null;--> statement-breakpoint
CREATE INDEX "parties_check" ON "parties" USING btree ("check_until") WHERE "parties"."state" in ('checking', 'ready');--> statement-breakpoint
CREATE INDEX "party_invites_user" ON "party_invites" USING btree ("user_id","expires_at");--> statement-breakpoint
CREATE INDEX "party_invites_age" ON "party_invites" USING btree ("expires_at");