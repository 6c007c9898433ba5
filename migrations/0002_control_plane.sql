CREATE TABLE "club_standings" (
	"club_id" uuid NOT NULL,
	"user_id" uuid NOT NULL,
	"standing" text NOT NULL,
	"role" text,
	"message" text DEFAULT '' NOT NULL,
	"since" timestamp with time zone DEFAULT now() NOT NULL,
	"changed_by" uuid,
	CONSTRAINT "club_standings_club_id_user_id_pk" PRIMARY KEY("club_id","user_id"),
	CONSTRAINT "club_standings_standing" CHECK ("club_standings"."standing" in ('stranger', 'applied', 'invited', 'declined', 'member', 'banned')),
	CONSTRAINT "club_standings_role" CHECK ("club_standings"."role" in ('owner', 'officer', 'member')),
	CONSTRAINT "club_standings_role_of_members" CHECK (("club_standings"."standing" = 'member') = ("club_standings"."role" is not null))
);
--> statement-breakpoint
CREATE TABLE "club_tables" (
	"id" uuid PRIMARY KEY DEFAULT uuidv7() NOT NULL,
	"club_id" uuid NOT NULL,
	"number" integer NOT NULL,
	"game" text NOT NULL,
	"seats" integer NOT NULL,
	"payer" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "club_tables_number_unique" UNIQUE("club_id","number"),
	CONSTRAINT "club_tables_number" CHECK ("club_tables"."number" between 1 and 100),
	CONSTRAINT "club_tables_seats" CHECK ("club_tables"."seats" between 1 and 64),
	CONSTRAINT "club_tables_payer" CHECK ("club_tables"."payer" in ('owner', 'host'))
);
--> statement-breakpoint
CREATE TABLE "clubs" (
	"id" uuid PRIMARY KEY DEFAULT uuidv7() NOT NULL,
	"number" text NOT NULL,
	"name" text NOT NULL,
	"notice" text DEFAULT '' NOT NULL,
	"member_limit" integer NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"disbanded_at" timestamp with time zone,
	CONSTRAINT "clubs_number_unique" UNIQUE("number"),
	CONSTRAINT "clubs_number" CHECK ("clubs"."number" ~ '^[1-9][0-9]{6}$'),
	CONSTRAINT "clubs_member_limit" CHECK ("clubs"."member_limit" between 1 and 300)
);
--> statement-breakpoint
ALTER TABLE "club_standings" ADD CONSTRAINT "club_standings_club_id_clubs_id_fk" FOREIGN KEY ("club_id") REFERENCES "public"."clubs"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "club_standings" ADD CONSTRAINT "club_standings_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "club_standings" ADD CONSTRAINT "club_standings_changed_by_users_id_fk" FOREIGN KEY ("changed_by") REFERENCES "public"."users"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "club_tables" ADD CONSTRAINT "club_tables_club_id_clubs_id_fk" FOREIGN KEY ("club_id") REFERENCES "public"."clubs"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "club_tables" ADD CONSTRAINT "club_tables_game_games_slug_fk" FOREIGN KEY ("game") REFERENCES "public"."games"("slug") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "club_standings_one_owner" ON "club_standings" USING btree ("club_id") WHERE "club_standings"."role" = 'owner';--> statement-breakpoint
CREATE INDEX "club_standings_by_standing" ON "club_standings" USING btree ("club_id","standing","since","user_id");--> statement-breakpoint
CREATE INDEX "club_standings_of_user" ON "club_standings" USING btree ("user_id","standing");--> statement-breakpoint
CREATE INDEX "club_tables_game" ON "club_tables" USING btree ("game");--> statement-breakpoint
CREATE INDEX "clubs_name" ON "clubs" USING btree (lower("name") text_pattern_ops,"id") WHERE "clubs"."disbanded_at" is null;