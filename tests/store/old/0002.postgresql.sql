SELECT pg_catalog.set_config('search_path', '', false);
CREATE TABLE public.analyses (
    id character varying NOT NULL,
    started_at timestamp with time zone NOT NULL,
    calls integer NOT NULL,
    settings json NOT NULL
);
CREATE TABLE public.assignments (
    call_id character varying NOT NULL,
    task_id character varying
);
CREATE TABLE public.audit (
    seq bigint NOT NULL,
    at timestamp with time zone NOT NULL,
    who character varying NOT NULL,
    action character varying NOT NULL,
    subject character varying NOT NULL,
    detail json NOT NULL
);
CREATE SEQUENCE public.audit_seq_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.audit_seq_seq OWNED BY public.audit.seq;
CREATE TABLE public.bundles (
    id character varying NOT NULL,
    task_id character varying NOT NULL,
    dataset_id character varying,
    created_at timestamp with time zone NOT NULL,
    path character varying NOT NULL,
    verdict character varying NOT NULL,
    manifest_sha256 character varying NOT NULL,
    retired_at timestamp with time zone,
    retired_because character varying
);
CREATE TABLE public.calls (
    seq bigint NOT NULL,
    id character varying NOT NULL,
    trace_id character varying,
    parent_id character varying,
    call_index integer,
    app character varying,
    agent character varying,
    provider character varying,
    model character varying,
    operation character varying NOT NULL,
    framework character varying,
    started_at timestamp with time zone,
    recorded_at timestamp with time zone NOT NULL,
    duration_ms double precision,
    time_to_first_token_ms double precision,
    prompt_id bytea,
    tools_id bytea,
    response_format_id bytea,
    response_id bytea,
    error_id bytea,
    extra_id bytea,
    input_tokens integer,
    output_tokens integer,
    cached_tokens integer,
    reasoning_tokens integer,
    cost_usd double precision,
    audience character varying NOT NULL,
    origin character varying,
    served_by character varying NOT NULL
);
CREATE SEQUENCE public.calls_seq_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.calls_seq_seq OWNED BY public.calls.seq;
CREATE TABLE public.contents (
    id bytea NOT NULL,
    codec integer NOT NULL,
    size integer NOT NULL,
    data bytea NOT NULL,
    key_number integer DEFAULT 0 NOT NULL,
    state integer DEFAULT 0 NOT NULL
);
CREATE TABLE public.dataset_items (
    dataset_id character varying NOT NULL,
    call_id character varying NOT NULL,
    split character varying NOT NULL,
    origin character varying
);
CREATE TABLE public.datasets (
    id character varying NOT NULL,
    task_id character varying NOT NULL,
    created_at timestamp with time zone NOT NULL,
    erased_calls integer DEFAULT 0 NOT NULL
);
CREATE TABLE public.entities (
    id bytea NOT NULL,
    type character varying NOT NULL,
    codec integer NOT NULL,
    size integer NOT NULL,
    key_number integer NOT NULL,
    data bytea NOT NULL
);
CREATE TABLE public.erasures (
    id character varying NOT NULL,
    requested_at timestamp with time zone NOT NULL,
    requested_by character varying NOT NULL,
    origins json NOT NULL,
    proof json NOT NULL,
    deleted_at timestamp with time zone,
    scrubbed_at timestamp with time zone
);
CREATE TABLE public.flags (
    seq bigint NOT NULL,
    task_id character varying NOT NULL,
    mode character varying NOT NULL,
    rate double precision NOT NULL,
    set_at timestamp with time zone NOT NULL,
    set_by character varying NOT NULL
);
CREATE SEQUENCE public.flags_seq_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.flags_seq_seq OWNED BY public.flags.seq;
CREATE TABLE public.grants (
    grantee character varying NOT NULL,
    app character varying NOT NULL,
    role character varying NOT NULL
);
CREATE TABLE public.mentions (
    seq bigint NOT NULL,
    id bytea NOT NULL,
    scope character varying NOT NULL,
    entity_id bytea NOT NULL
);
CREATE SEQUENCE public.mentions_seq_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.mentions_seq_seq OWNED BY public.mentions.seq;
CREATE TABLE public.meta (
    key character varying NOT NULL,
    value bytea NOT NULL
);
COMMENT ON TABLE public.meta IS 'facts about this database: the epoch of its contents';
CREATE TABLE public.nodes (
    id bytea NOT NULL,
    parent_id bytea,
    content_id bytea NOT NULL,
    depth integer NOT NULL
);
CREATE TABLE public.observations (
    seq bigint NOT NULL,
    at timestamp with time zone NOT NULL,
    task_id character varying NOT NULL,
    bundle_id character varying NOT NULL,
    mode character varying NOT NULL,
    accepted boolean NOT NULL,
    agreed boolean NOT NULL,
    score double precision NOT NULL,
    student_ms double precision NOT NULL,
    teacher_ms double precision,
    call_id character varying
);
CREATE SEQUENCE public.observations_seq_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.observations_seq_seq OWNED BY public.observations.seq;
CREATE TABLE public.retention (
    app character varying NOT NULL,
    days double precision,
    calls integer,
    bytes bigint,
    set_at timestamp with time zone NOT NULL,
    set_by character varying NOT NULL
);
CREATE TABLE public.secrets (
    number integer NOT NULL,
    purpose character varying NOT NULL,
    wrapped bytea NOT NULL,
    wrapped_by character varying NOT NULL,
    made_at timestamp with time zone NOT NULL
);
CREATE TABLE public.slm_instrument_version (
    version_num character varying(32) NOT NULL
);
CREATE TABLE public.tasks (
    id character varying NOT NULL,
    analysis_id character varying NOT NULL,
    calls integer NOT NULL,
    content_id bytea NOT NULL
);
ALTER TABLE ONLY public.audit ALTER COLUMN seq SET DEFAULT nextval('public.audit_seq_seq'::regclass);
ALTER TABLE ONLY public.calls ALTER COLUMN seq SET DEFAULT nextval('public.calls_seq_seq'::regclass);
ALTER TABLE ONLY public.flags ALTER COLUMN seq SET DEFAULT nextval('public.flags_seq_seq'::regclass);
ALTER TABLE ONLY public.mentions ALTER COLUMN seq SET DEFAULT nextval('public.mentions_seq_seq'::regclass);
ALTER TABLE ONLY public.observations ALTER COLUMN seq SET DEFAULT nextval('public.observations_seq_seq'::regclass);
INSERT INTO public.analyses VALUES ('a1', '2026-05-04 03:02:01.123456+00', 14, '{"seed": 0}');
INSERT INTO public.assignments VALUES ('call-0', 't1');
INSERT INTO public.assignments VALUES ('call-1', 't1');
INSERT INTO public.assignments VALUES ('call-2', 't1');
INSERT INTO public.assignments VALUES ('call-3', 't1');
INSERT INTO public.assignments VALUES ('call-4', 't1');
INSERT INTO public.assignments VALUES ('call-5', 't1');
INSERT INTO public.assignments VALUES ('call-6', 't1');
INSERT INTO public.assignments VALUES ('call-7', 't1');
INSERT INTO public.assignments VALUES ('call-8', 't1');
INSERT INTO public.assignments VALUES ('call-9', 't1');
INSERT INTO public.assignments VALUES ('call-10', 't1');
INSERT INTO public.assignments VALUES ('call-11', 't1');
INSERT INTO public.assignments VALUES ('full', NULL);
INSERT INTO public.assignments VALUES ('failed', NULL);
INSERT INTO public.audit VALUES (1, '2026-05-04 03:02:01.123456+00', 'ann', 'export', '*', '{"calls": 3}');
INSERT INTO public.bundles VALUES ('b1', 't1', 'd1', '2026-05-04 03:02:01.123456+00', 'models/b1', 'CERTIFIED', '0000000000000000000000000000000000000000000000000000000000000000', NULL, NULL);
INSERT INTO public.calls VALUES (1, 'call-0', 'trace-0', NULL, NULL, 'lighthouse', 'sorter', NULL, 'gpt-4o-mini', 'chat', NULL, '2026-05-04 03:02:01.123456+00', '2026-11-24 16:12:10.299317+00', 100, NULL, '\x532f41d7c5dbe04281832a2f7bb294c0', NULL, NULL, '\x36be2694071c11ca117f9e2e909a54f8', NULL, '\x3e5bb46ebb77e4efd3d970c16d616d86', 40, 1, NULL, NULL, NULL, 'agent', '648a6cfd38d2f0a4f3b7759911c983ba', 'llm');
INSERT INTO public.calls VALUES (2, 'call-1', 'trace-0', NULL, NULL, 'lighthouse', 'sorter', NULL, 'gpt-4o-mini', 'chat', NULL, '2026-05-04 03:02:02.123456+00', '2026-11-24 16:12:10.299317+00', 101, NULL, '\x35e978d61584a53e0f279af7f12608f9', NULL, NULL, '\xa292d9da424203c21f9abb9a42bba01c', NULL, '\x74c50156fd36af23ea9595e1d6930a9d', 40, 1, NULL, NULL, NULL, 'agent', 'c3215b403dc3201e1aeaeaa88de092ba', 'llm');
INSERT INTO public.calls VALUES (3, 'call-2', 'trace-1', NULL, NULL, 'lighthouse', 'sorter', NULL, 'gpt-4o-mini', 'chat', NULL, '2026-05-04 03:02:03.123456+00', '2026-11-24 16:12:10.299317+00', 102, NULL, '\xd2f7012bcd001cc22fd9116b2530d13a', NULL, NULL, '\x36be2694071c11ca117f9e2e909a54f8', NULL, '\x6390ac3112e247d997662018c9b3ed29', 40, 1, NULL, NULL, NULL, 'agent', '8637e9be8c9ee13ec469f194c697802e', 'llm');
INSERT INTO public.calls VALUES (4, 'call-3', 'trace-1', NULL, NULL, 'lighthouse', 'sorter', NULL, 'gpt-4o-mini', 'chat', NULL, '2026-05-04 03:02:04.123456+00', '2026-11-24 16:12:10.299317+00', 103, NULL, '\xf1c58c81b1d9f66efbe910a74906c8e1', NULL, NULL, '\xa292d9da424203c21f9abb9a42bba01c', NULL, '\x8406fae9ae007e290bf6185e6adcdd71', 40, 1, NULL, NULL, NULL, 'agent', '648a6cfd38d2f0a4f3b7759911c983ba', 'llm');
INSERT INTO public.calls VALUES (5, 'call-4', 'trace-2', NULL, NULL, 'lighthouse', 'sorter', NULL, 'gpt-4o-mini', 'chat', NULL, '2026-05-04 03:02:05.123456+00', '2026-11-24 16:12:10.299317+00', 104, NULL, '\x79404732b2d4408c80e608e90948cfc4', NULL, NULL, '\x36be2694071c11ca117f9e2e909a54f8', NULL, '\xf53662d3fb4eb0d4afbf9d32d04d3c81', 40, 1, NULL, NULL, NULL, 'agent', 'c3215b403dc3201e1aeaeaa88de092ba', 'llm');
INSERT INTO public.calls VALUES (6, 'call-5', 'trace-2', NULL, NULL, 'lighthouse', 'sorter', NULL, 'gpt-4o-mini', 'chat', NULL, '2026-05-04 03:02:06.123456+00', '2026-11-24 16:12:10.299317+00', 105, NULL, '\xa8bb725df1433fe03e4fdc66fe22c3ea', NULL, NULL, '\xa292d9da424203c21f9abb9a42bba01c', NULL, '\x81d3cd67a73ef7780cb16e976cadc981', 40, 1, NULL, NULL, NULL, 'agent', '8637e9be8c9ee13ec469f194c697802e', 'llm');
INSERT INTO public.calls VALUES (7, 'call-6', 'trace-3', NULL, NULL, 'lighthouse', 'sorter', NULL, 'gpt-4o-mini', 'chat', NULL, '2026-05-04 03:02:07.123456+00', '2026-11-24 16:12:10.299317+00', 106, NULL, '\x981ed2f757c1b50a3b8ad83c3ca0f5fd', NULL, NULL, '\x36be2694071c11ca117f9e2e909a54f8', NULL, '\x80cc5369d0c0db5b1440358b7c012d04', 40, 1, NULL, NULL, NULL, 'agent', '648a6cfd38d2f0a4f3b7759911c983ba', 'llm');
INSERT INTO public.calls VALUES (8, 'call-7', 'trace-3', NULL, NULL, 'lighthouse', 'sorter', NULL, 'gpt-4o-mini', 'chat', NULL, '2026-05-04 03:02:08.123456+00', '2026-11-24 16:12:10.299317+00', 107, NULL, '\x0ce89bdcde9474f6412137b14fef9489', NULL, NULL, '\xa292d9da424203c21f9abb9a42bba01c', NULL, '\xbcc9b5fdbc713504c0283a27ad314d24', 40, 1, NULL, NULL, NULL, 'agent', 'c3215b403dc3201e1aeaeaa88de092ba', 'llm');
INSERT INTO public.calls VALUES (9, 'call-8', 'trace-4', NULL, NULL, 'lighthouse', 'sorter', NULL, 'gpt-4o-mini', 'chat', NULL, '2026-05-04 03:02:09.123456+00', '2026-11-24 16:12:10.299317+00', 108, NULL, '\x5176644ebb4612c810835ff6bd6e7a51', NULL, NULL, '\x36be2694071c11ca117f9e2e909a54f8', NULL, '\x1ff734fb87e220c5f406e27b47a1c316', 40, 1, NULL, NULL, NULL, 'agent', '8637e9be8c9ee13ec469f194c697802e', 'llm');
INSERT INTO public.calls VALUES (10, 'call-9', 'trace-4', NULL, NULL, 'lighthouse', 'sorter', NULL, 'gpt-4o-mini', 'chat', NULL, '2026-05-04 03:02:10.123456+00', '2026-11-24 16:12:10.299317+00', 109, NULL, '\x8abc09a8a4ce0764deac7ea76d657bae', NULL, NULL, '\xa292d9da424203c21f9abb9a42bba01c', NULL, '\xf0e6afd73f1b12a5f8991d4c21f3f854', 40, 1, NULL, NULL, NULL, 'agent', '648a6cfd38d2f0a4f3b7759911c983ba', 'llm');
INSERT INTO public.calls VALUES (11, 'call-10', 'trace-5', NULL, NULL, 'lighthouse', 'sorter', NULL, 'gpt-4o-mini', 'chat', NULL, '2026-05-04 03:02:11.123456+00', '2026-11-24 16:12:10.299317+00', 110, NULL, '\x40e75fd3d5f2ac077520ecf97c6e94d5', NULL, NULL, '\x36be2694071c11ca117f9e2e909a54f8', NULL, '\xf120297af7a39ae80c72e954bea3dab5', 40, 1, NULL, NULL, NULL, 'agent', 'c3215b403dc3201e1aeaeaa88de092ba', 'llm');
INSERT INTO public.calls VALUES (12, 'call-11', 'trace-5', NULL, NULL, 'lighthouse', 'sorter', NULL, 'gpt-4o-mini', 'chat', NULL, '2026-05-04 03:02:12.123456+00', '2026-11-24 16:12:10.299317+00', 111, NULL, '\x0b349a7c2bd7c4e7676b45deded04879', NULL, NULL, '\xa292d9da424203c21f9abb9a42bba01c', NULL, '\x1c501ad132a4d99c1811447d1a668283', 40, 1, NULL, NULL, NULL, 'agent', '8637e9be8c9ee13ec469f194c697802e', 'llm');
INSERT INTO public.calls VALUES (13, 'full', NULL, 'call-1', 3, NULL, NULL, 'openai', NULL, 'chat', 'langchain', NULL, '2026-11-24 16:12:10.299317+00', NULL, 3.25, '\xab3f0d937ed98cfc365ce0e55ea8883c', '\xec987d8a632eac07ae8f86aa5a0d522b', '\x105f2943c99433759fac2765a48b1e0a', NULL, NULL, '\xf9427abef2b97eb54b4957a72aad5cf0', NULL, NULL, NULL, NULL, 0.001, 'human', NULL, 'slm:b1');
INSERT INTO public.calls VALUES (14, 'failed', NULL, NULL, NULL, NULL, NULL, NULL, NULL, 'chat', NULL, NULL, '2026-11-24 16:12:10.299317+00', NULL, NULL, '\x1721b877dc6180e82a3ca380c82b3c9e', NULL, NULL, NULL, '\x7c80218bc9285c4740ca054c5515f857', NULL, NULL, NULL, NULL, NULL, NULL, 'agent', NULL, 'llm');
INSERT INTO public.calls VALUES (15, 'private', 'trace-0', NULL, NULL, NULL, NULL, NULL, NULL, 'chat', NULL, NULL, '2026-11-24 16:12:10.351084+00', NULL, NULL, '\x5206118628c86b24b2906858207046a8', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 'agent', NULL, 'llm');
INSERT INTO public.contents VALUES ('\x200f0914722283c51aef25288ea44a30', 1, 138, '\xc2ee7843a9e44727152261d0efe63970f6e234f1d244dc92ddc8a0130f43e70352d3a689f29ffd95a39d719a66f70269f87f127af79729b0df1aa2c273c461ad72550b50bf0d4e1b9a156d5b34fbfc22b1f0b2ffba73d36d01f4c3df5b36bc08b205525ea7dfe7275861c26e0fa4ba63f00d8689927dd332d4c3124a249310eb5b7e76', 2, 0);
INSERT INTO public.contents VALUES ('\xce2323c07a383f56f3d550e55b439238', 0, 60, '\xa3b8e81c4142dee35f79fad72f52e1ba3270bd5cbabc338eb338c20b424a2fc12f17a7f3eb699be4277def25b5bbea0c0de1c86ef61bb15da742bc4d365ff44e1f98e2e6080d0a91e1bd1c5e', 2, 0);
INSERT INTO public.contents VALUES ('\x36be2694071c11ca117f9e2e909a54f8', 0, 38, '\xd0dac766266ead44ee43469d0464d08a30765bad9c6ba02ee33f5fb48e827c24e150c326c0768a63a8fcbde9844cf8d2abc8478e4983', 2, 0);
INSERT INTO public.contents VALUES ('\x3e5bb46ebb77e4efd3d970c16d616d86', 0, 23, '\x00deaa87f5687ffdb477f9640e633e4b1e9a88b75ad83850c376c6cd955d251d0aa8a66ec6d007', 2, 0);
INSERT INTO public.contents VALUES ('\xdba8cc8a59b47b94e9d59edac24beae0', 0, 60, '\x92738c164525fd318aac88689282cde67c144df4b54b9202a0e4c0b956e46ffb00a4d1304e527d0aabd79d6c55731efad494af91a6e8fb5ad73eb99586c3b214ce3a2e5306a058775cbea09d', 2, 0);
INSERT INTO public.contents VALUES ('\xa292d9da424203c21f9abb9a42bba01c', 0, 37, '\x5c9f57251670f216072dfd01dde442573311b149c1a2510eadd96ff335d853ac1161443f46f68debba51f4e6c882eb20174e5a00e1', 2, 0);
INSERT INTO public.contents VALUES ('\x74c50156fd36af23ea9595e1d6930a9d', 0, 23, '\x481a18ea081163308a4c8a76681264969aaa438eb4ae162300093424836c6a5a9dd5771d4c998b', 2, 0);
INSERT INTO public.contents VALUES ('\x1fd0a798e437b98e562ca7b54f86b6d8', 0, 60, '\xcd6a1d9b6ee78144d98d36a7f8b94a5f5ee8d45be878346e0d24de93dc1dd37b09ec603aff9e46065de4f75233c0ef241ef47a2954f6c5447b84ab1b772006b18fea803ed3b0c011912fc045', 2, 0);
INSERT INTO public.contents VALUES ('\x6390ac3112e247d997662018c9b3ed29', 0, 23, '\x64f85648e963d43f7411bab611c650f8983b13a09ff9e545c1df33981c8bc56931de4dc9776ae7', 2, 0);
INSERT INTO public.contents VALUES ('\xeca93335784e69ff6c419e5d2ef3f15f', 0, 60, '\x0b0050b0f9ce7e4092e454b3b60acc1674a56dca73446f8077da1f3c5c03f70f8d549a9511bc073bff18e1289f043d55f162a4d5fe0d2b85a8846d7c1a47d2c0bf8bbbd0b54a6acac3b0e6e1', 2, 0);
INSERT INTO public.contents VALUES ('\x8406fae9ae007e290bf6185e6adcdd71', 0, 23, '\xeb13eb56b181da358a954f0932fe320aec63669942bbeebbf9f9a0de4ee5bc727c00a136f58872', 2, 0);
INSERT INTO public.contents VALUES ('\x79072fbab13335a887ce4eb67e60889e', 0, 60, '\x2e738dbc00d0bd9319aa8568467e191e71f158345c285397503bafb9fff0d50d5174dfef68c2c73d77c0e037a1ba2150652e7a0277d3196180efc1da3eb6fcf33ec226dbadbf9789828e1f0e', 2, 0);
INSERT INTO public.contents VALUES ('\xf53662d3fb4eb0d4afbf9d32d04d3c81', 0, 23, '\xdc49050ac61a1da511ae6ee01852717c99ecb8a41f78a9c8000265cba5c660f872dc2644d9bd76', 2, 0);
INSERT INTO public.contents VALUES ('\xf2ccb8bb732dce4465bc76bf7918e126', 0, 60, '\xc8aea08a9b934f29848d6516d2aeca44c92e7918c687002ca7e01030e3fb7163b17a2930ee3aa0c476637ebf65cebd0f81c113ab41ef1ec9558c95ec743b229367a752c28f26471d4ddd1279', 2, 0);
INSERT INTO public.contents VALUES ('\x81d3cd67a73ef7780cb16e976cadc981', 0, 23, '\x2033748c6f7747543bee378bfcee764b2b99424c11986d5cf1ea064b1b372d2f121bb70526354c', 2, 0);
INSERT INTO public.contents VALUES ('\x97495c7bf58359b94eb25f5d156d6ef9', 0, 60, '\xd706cf834333a5b0d84c4228d1512e496f427cf81cfb05bcfe4733eed3e35f8ad179d11daec6e5e937dd0fc6e0b844395999d95265be60e301911f4553050441b35d1511e9f014d5f86de340', 2, 0);
INSERT INTO public.contents VALUES ('\x80cc5369d0c0db5b1440358b7c012d04', 0, 23, '\xc8d61bd0c20bf8a4d64708fa16b286831e81e3adad9c4d053ea10980bca910a261eb9e22a4e9e1', 2, 0);
INSERT INTO public.contents VALUES ('\x5d9446798719f7ed7bdba0cf632c36c1', 0, 60, '\xf30ab4ee0a043bf3c5004798b73cc69c144806b307044fbf462b98eb0375c4951c48065cb56b2b50d8e3f3ffeab7ae62144fb4012c88701ab3b1e772421b4b7a6bc5ee0b493504f04c60159b', 2, 0);
INSERT INTO public.contents VALUES ('\xbcc9b5fdbc713504c0283a27ad314d24', 0, 23, '\x8b39486d1e208b4709815dc488255c8b9687353d237fececb291a2b3b2b9653af033c9d1f4b9bf', 2, 0);
INSERT INTO public.contents VALUES ('\xa15cb81c58ff40e5dc768c5ba31e9609', 0, 60, '\x7089bf03ce143ba5b4aadb038706a648e1434def9ab715684f9eeae32b6da1f6331dc0a24b544d34d5c2010c05cf075f697ca98cd41f8e0c6d1878071fb288a7551f65022933df4f79d326d8', 2, 0);
INSERT INTO public.contents VALUES ('\x1ff734fb87e220c5f406e27b47a1c316', 0, 23, '\x56ef23e9aaea21c91d8dcc795cfb237882d17a4abde03fbabdc18ef85299f20d142b1b4986033f', 2, 0);
INSERT INTO public.contents VALUES ('\xd3de27fe1255936f25c402a75a93724b', 0, 60, '\x4e11cbdc1dd29a0aac0858be872f3d6d103a71619b46f0209f146984e6a5b0ca1de76a79f06b57559e0838d803bbac9e35d93f7ba730843cba1d2bf7db6dbf72105e4a08f5c0f6d08870350a', 2, 0);
INSERT INTO public.contents VALUES ('\xf0e6afd73f1b12a5f8991d4c21f3f854', 0, 23, '\xc1212ec0d881c05f6cf27211756d577933e0de8e5e94cff5da09b39e5f19bbbbd1b5e008d8123b', 2, 0);
INSERT INTO public.contents VALUES ('\x6acefacfba749113b76d5483cac7e476', 0, 61, '\x6bdd889c83b499580f14e483d1a001918a5d6e7963ebbe32088fca393a900c8ac55403d7321953c4bce7f46253e081f7480b088f2f4d59c71c19c347c699150be5120301f6f6873d134225f163', 2, 0);
INSERT INTO public.contents VALUES ('\xf120297af7a39ae80c72e954bea3dab5', 0, 24, '\xd6e4ee3cd49dbb22f858456a329b9beb0cef674fbc2d33a1196ed621d3813cf069abc458928a510f', 2, 0);
INSERT INTO public.contents VALUES ('\xc1a6010d5f68a6985ac9b4fbe49dc3c2', 0, 61, '\xb7f90d018d4f7bec68d7d08d9e119e805edd27fe5073252cfec454248e655f639b920c1eb0dbf72e0312d1e871122653c771149a85e7eb387fb9eaade74157dbe6381dae7338589fbdc84fcebd', 2, 0);
INSERT INTO public.contents VALUES ('\x1c501ad132a4d99c1811447d1a668283', 0, 24, '\x26d8dc34b6b4e0530f6f7551c35b5af1df6e9031d1946c1e6969f883e43763ba27153e1a3f998a89', 2, 0);
INSERT INTO public.contents VALUES ('\xb386c27c10f19fdea4ab5144cf650513', 1, 101, '\x6e9092d60074247398400dc9b1af2d61432297d66aec87f8d03a45b18c3d78908f3e9caee02274568d3621257dfac257f2482009fd3e3ac5cffb5773e9ce9ffd8710529c6b4b56822a6552ab6f011738f232d3c4f169c6a103d0e2b517c9e46bed8d0b31100c67', 2, 0);
INSERT INTO public.contents VALUES ('\x335c44195c5c932f2a6791805b480626', 1, 133, '\x64e7c4b5eef8e95e3d3192ccdf1ccbb23942f54a36c99f380274269a990cb67957679a98da92c9759379e647a4328fd0a8241466b279a815921a9b66b659e212742ab7977a9eaf7b6653449985b9ab6117b3864a87f2dd63c470f5c350350865cd4c5f82bbc71bfbb2d8963a048da4c9bf7d11641c372dc53250facb18cbe4e9', 2, 0);
INSERT INTO public.contents VALUES ('\xc678579bd2bbb8ba802bea26bd5a6388', 0, 68, '\xcaebe036855cf1e5861abeca027e848d2eb0a5eb778280662b82b0c81e1938ad682aa05f05d4aafcc8c10213f30f3d01c2b3e24df1f66e2322a694dc6d1ce5aea24e980f8d07c12ba95d1dd7dd73bc3d3d1c9b40', 2, 0);
INSERT INTO public.contents VALUES ('\xec987d8a632eac07ae8f86aa5a0d522b', 1, 102, '\x779bd3d4ff857528c29c3e762f3dc95159134975532ec2b47a2d83a19266b710fcfd07d9feb75b7971268253a778571995e3bdbc97afc1c5c27655ca77f9e0c1f600c50cf72c42276a78fc9c125079bf983674e5059c9a38ffc95a08ea28371f409d82860c4e3454107082db', 2, 0);
INSERT INTO public.contents VALUES ('\x105f2943c99433759fac2765a48b1e0a', 0, 22, '\x39f9d1e621d24d7bd9a5b4fd9c120659fa0193a10665d309caa5fca6c04b2038606daf215907', 2, 0);
INSERT INTO public.contents VALUES ('\xf9427abef2b97eb54b4957a72aad5cf0', 0, 30, '\x3eb0f95a9c377ff25e2fc79946e32627c57902b0eaa9be7cebd8e8c4e9ac3e3c4a573ed28b225d43350cc8bdface', 2, 0);
INSERT INTO public.contents VALUES ('\xe9b0c712326e4fd21de117c79836f6a9', 0, 40, '\xb448829c37518ac7a8d9df4a6d9fef552c52decb5a2650a11f8b5d4b4a8a42408620b91f672ae1f9b820fedb7ae09472fe72c0732a006f5d', 2, 0);
INSERT INTO public.contents VALUES ('\x7c80218bc9285c4740ca054c5515f857', 0, 44, '\xa9d291e74284bc4c8e968fc1199ae0bcea7f8a04374972f76471d1ff8b81e657d4dcae4c18e0e7391c5d96b28970e8e7935941f41dc3b3cefa721fb1', 2, 0);
INSERT INTO public.contents VALUES ('\x47b10fd5ada03bb0cd1e68c7d78f3449', 1, 531, '\xd7ceb5e07eeb36dd2d80ca36ce0c26d55d3fc2c4bae860a326795f8e162c456aa0bc914d4f523076a037967934ceed157ce387c984e4f5d64ea751f0af943d9069c7ee719abfe363e2ef657e7199c90f3cacabc6defdfb026e79989608aad9f034291dc90eef498da61777d3501f9a17bd07610d336aea2db8ac18535067ba527fbfbd5ca9f5de85f1514102063adfd2a4cc795b2287dd13502b2b4a9152768172c874ade92b91dfad6baf161c2e6e1753bc29b2a8ce13c16f81c039f0b08b437d051ba3f10c7ce2c95050442879ad5c8f12c34dce11ae06b97358475610ffd088d97916463c499db665a92f38d831d6b5ce6cb2ffd5dd9a3785a3b55f3533106a45e7ccc2a676ecf8924ab297f8bbd996b18421f9bc2990084c3540553a34d1a64a1ef99ee6c97afbd41017e1a949ba6e1fd4afb2c3633a7dbe3d4d4c345c2f860d241a773b33d30cc715f9ade33129d35b3f0b', 2, 0);
INSERT INTO public.contents VALUES ('\x6130b5cfa0a2d3b550caceb2e5a578ab', 0, 97, '\xc181819ab521d6bda658fc23f5293759022f813b01e8b0b3c574ea9cadd602285302223593094ba0000530f04164d5bf820387962a49ffef63959ab79febaf9df6ab0adb83924b4ccfe087efc0f1c0fbe869ee60b03eb140ac088fe1b84c2b82980eea2f9ca42976abffd7884dc81330d6', 2, 0);
INSERT INTO public.dataset_items VALUES ('d1', 'call-3', 'test', NULL);
INSERT INTO public.dataset_items VALUES ('d1', 'call-1', 'train', NULL);
INSERT INTO public.dataset_items VALUES ('d1', 'call-2', 'train', NULL);
INSERT INTO public.datasets VALUES ('d1', 't1', '2026-05-04 03:02:01.123456+00', 0);
INSERT INTO public.entities VALUES ('\xe6d1e983d50aca22f6b2adc77646556d', 'EMAIL_ADDRESS', 0, 20, 2, '\xc15195b54fbb51ca8b55c23913b2c27701a43ed6fa72f1719a5ae8dc244a1b3f386d359a');
INSERT INTO public.erasures VALUES ('e1', '2026-05-04 03:02:01.123456+00', 'ann', '["00000000000000000000000000000000"]', '{"calls": 1}', '2026-05-04 03:02:01.123456+00', '2026-05-04 03:02:01.123456+00');
INSERT INTO public.flags VALUES (1, 't1', 'shadow', 1, '2026-05-04 03:02:01.123456+00', 'ann');
INSERT INTO public.flags VALUES (2, 't1', 'canary', 0.25, '2026-05-05 03:02:01.123456+00', 'bob');
INSERT INTO public.grants VALUES ('ann', '*', 'analyst');
INSERT INTO public.mentions VALUES (1, '\x48d79854e075a3b11a89441bc0e7c834', 'trace-0', '\xe6d1e983d50aca22f6b2adc77646556d');
INSERT INTO public.meta VALUES ('epoch', '\x01');
INSERT INTO public.nodes VALUES ('\xc4cb7f41a395a5671cce8a8f2c62e89e', NULL, '\x200f0914722283c51aef25288ea44a30', 1);
INSERT INTO public.nodes VALUES ('\x532f41d7c5dbe04281832a2f7bb294c0', '\xc4cb7f41a395a5671cce8a8f2c62e89e', '\xce2323c07a383f56f3d550e55b439238', 2);
INSERT INTO public.nodes VALUES ('\x35e978d61584a53e0f279af7f12608f9', '\xc4cb7f41a395a5671cce8a8f2c62e89e', '\xdba8cc8a59b47b94e9d59edac24beae0', 2);
INSERT INTO public.nodes VALUES ('\xd2f7012bcd001cc22fd9116b2530d13a', '\xc4cb7f41a395a5671cce8a8f2c62e89e', '\x1fd0a798e437b98e562ca7b54f86b6d8', 2);
INSERT INTO public.nodes VALUES ('\xf1c58c81b1d9f66efbe910a74906c8e1', '\xc4cb7f41a395a5671cce8a8f2c62e89e', '\xeca93335784e69ff6c419e5d2ef3f15f', 2);
INSERT INTO public.nodes VALUES ('\x79404732b2d4408c80e608e90948cfc4', '\xc4cb7f41a395a5671cce8a8f2c62e89e', '\x79072fbab13335a887ce4eb67e60889e', 2);
INSERT INTO public.nodes VALUES ('\xa8bb725df1433fe03e4fdc66fe22c3ea', '\xc4cb7f41a395a5671cce8a8f2c62e89e', '\xf2ccb8bb732dce4465bc76bf7918e126', 2);
INSERT INTO public.nodes VALUES ('\x981ed2f757c1b50a3b8ad83c3ca0f5fd', '\xc4cb7f41a395a5671cce8a8f2c62e89e', '\x97495c7bf58359b94eb25f5d156d6ef9', 2);
INSERT INTO public.nodes VALUES ('\x0ce89bdcde9474f6412137b14fef9489', '\xc4cb7f41a395a5671cce8a8f2c62e89e', '\x5d9446798719f7ed7bdba0cf632c36c1', 2);
INSERT INTO public.nodes VALUES ('\x5176644ebb4612c810835ff6bd6e7a51', '\xc4cb7f41a395a5671cce8a8f2c62e89e', '\xa15cb81c58ff40e5dc768c5ba31e9609', 2);
INSERT INTO public.nodes VALUES ('\x8abc09a8a4ce0764deac7ea76d657bae', '\xc4cb7f41a395a5671cce8a8f2c62e89e', '\xd3de27fe1255936f25c402a75a93724b', 2);
INSERT INTO public.nodes VALUES ('\x40e75fd3d5f2ac077520ecf97c6e94d5', '\xc4cb7f41a395a5671cce8a8f2c62e89e', '\x6acefacfba749113b76d5483cac7e476', 2);
INSERT INTO public.nodes VALUES ('\x0b349a7c2bd7c4e7676b45deded04879', '\xc4cb7f41a395a5671cce8a8f2c62e89e', '\xc1a6010d5f68a6985ac9b4fbe49dc3c2', 2);
INSERT INTO public.nodes VALUES ('\xe502cbb496922f16576cdd317d024f20', NULL, '\xb386c27c10f19fdea4ab5144cf650513', 1);
INSERT INTO public.nodes VALUES ('\x12494b0f7feaf681761f2fdee128779d', '\xe502cbb496922f16576cdd317d024f20', '\x335c44195c5c932f2a6791805b480626', 2);
INSERT INTO public.nodes VALUES ('\xab3f0d937ed98cfc365ce0e55ea8883c', '\x12494b0f7feaf681761f2fdee128779d', '\xc678579bd2bbb8ba802bea26bd5a6388', 3);
INSERT INTO public.nodes VALUES ('\x1721b877dc6180e82a3ca380c82b3c9e', NULL, '\xe9b0c712326e4fd21de117c79836f6a9', 1);
INSERT INTO public.nodes VALUES ('\x5206118628c86b24b2906858207046a8', NULL, '\x6130b5cfa0a2d3b550caceb2e5a578ab', 1);
INSERT INTO public.observations VALUES (1, '2026-05-04 03:02:01.123456+00', 't1', 'b1', 'shadow', true, true, 0.9, 1.5, 300, 'call-1');
INSERT INTO public.observations VALUES (2, '2026-05-04 03:02:01.123456+00', 't1', 'b1', 'shadow', true, false, 0.9, 1.5, 300, 'call-1');
INSERT INTO public.retention VALUES ('*', 365, NULL, NULL, '2026-05-04 03:02:01.123456+00', 'ann');
INSERT INTO public.secrets VALUES (1, 'digest', '\x3445714c0edd1c75fba952483681fdabd29815490dd9970705543208379cff1a7be4dd74ca60e4c3f65231c86b06fb80a4b93c675b5515941bfc2d0a', 'local:6901d35ca558497c', '2026-11-24 16:12:10.287419+00');
INSERT INTO public.secrets VALUES (2, 'data', '\xcba2f039bebc5d915022521777010e9a9f7cdb76cf3aa0a1c11c1522e6d1c239e34ce02380303ef4a1a606e198ee1a56d015048dad527acd31babe92', 'local:6901d35ca558497c', '2026-11-24 16:12:10.290369+00');
INSERT INTO public.slm_instrument_version VALUES ('0002');
INSERT INTO public.tasks VALUES ('t1', 'a1', 12, '\x47b10fd5ada03bb0cd1e68c7d78f3449');
SELECT pg_catalog.setval('public.audit_seq_seq', 1, true);
SELECT pg_catalog.setval('public.calls_seq_seq', 15, true);
SELECT pg_catalog.setval('public.flags_seq_seq', 2, true);
SELECT pg_catalog.setval('public.mentions_seq_seq', 1, true);
SELECT pg_catalog.setval('public.observations_seq_seq', 2, true);
ALTER TABLE ONLY public.analyses
    ADD CONSTRAINT pk_analyses PRIMARY KEY (id);
ALTER TABLE ONLY public.assignments
    ADD CONSTRAINT pk_assignments PRIMARY KEY (call_id);
ALTER TABLE ONLY public.audit
    ADD CONSTRAINT pk_audit PRIMARY KEY (seq);
ALTER TABLE ONLY public.bundles
    ADD CONSTRAINT pk_bundles PRIMARY KEY (id);
ALTER TABLE ONLY public.calls
    ADD CONSTRAINT pk_calls PRIMARY KEY (seq);
ALTER TABLE ONLY public.contents
    ADD CONSTRAINT pk_contents PRIMARY KEY (id);
ALTER TABLE ONLY public.dataset_items
    ADD CONSTRAINT pk_dataset_items PRIMARY KEY (dataset_id, call_id);
ALTER TABLE ONLY public.datasets
    ADD CONSTRAINT pk_datasets PRIMARY KEY (id);
ALTER TABLE ONLY public.entities
    ADD CONSTRAINT pk_entities PRIMARY KEY (id);
ALTER TABLE ONLY public.erasures
    ADD CONSTRAINT pk_erasures PRIMARY KEY (id);
ALTER TABLE ONLY public.flags
    ADD CONSTRAINT pk_flags PRIMARY KEY (seq);
ALTER TABLE ONLY public.grants
    ADD CONSTRAINT pk_grants PRIMARY KEY (grantee, app, role);
ALTER TABLE ONLY public.mentions
    ADD CONSTRAINT pk_mentions PRIMARY KEY (seq);
ALTER TABLE ONLY public.meta
    ADD CONSTRAINT pk_meta PRIMARY KEY (key);
ALTER TABLE ONLY public.nodes
    ADD CONSTRAINT pk_nodes PRIMARY KEY (id);
ALTER TABLE ONLY public.observations
    ADD CONSTRAINT pk_observations PRIMARY KEY (seq);
ALTER TABLE ONLY public.retention
    ADD CONSTRAINT pk_retention PRIMARY KEY (app);
ALTER TABLE ONLY public.secrets
    ADD CONSTRAINT pk_secrets PRIMARY KEY (number);
ALTER TABLE ONLY public.tasks
    ADD CONSTRAINT pk_tasks PRIMARY KEY (id);
ALTER TABLE ONLY public.slm_instrument_version
    ADD CONSTRAINT slm_instrument_version_pkc PRIMARY KEY (version_num);
ALTER TABLE ONLY public.calls
    ADD CONSTRAINT uq_calls_id UNIQUE (id);
ALTER TABLE ONLY public.mentions
    ADD CONSTRAINT uq_mentions_id UNIQUE (id);
CREATE INDEX ix_assignments_task_id ON public.assignments USING btree (task_id);
CREATE INDEX ix_bundles_task_id ON public.bundles USING btree (task_id);
CREATE INDEX ix_calls_origin ON public.calls USING btree (origin);
CREATE INDEX ix_dataset_items_call_id ON public.dataset_items USING btree (call_id);
CREATE INDEX ix_flags_task_id_seq ON public.flags USING btree (task_id, seq);
CREATE INDEX ix_mentions_entity_id ON public.mentions USING btree (entity_id);
CREATE INDEX ix_mentions_scope ON public.mentions USING btree (scope);
CREATE INDEX ix_observations_task_id_seq ON public.observations USING btree (task_id, seq);
ALTER TABLE ONLY public.bundles
    ADD CONSTRAINT fk_bundles_dataset_id FOREIGN KEY (dataset_id) REFERENCES public.datasets(id);
ALTER TABLE ONLY public.dataset_items
    ADD CONSTRAINT fk_dataset_items_dataset_id FOREIGN KEY (dataset_id) REFERENCES public.datasets(id);
ALTER TABLE ONLY public.tasks
    ADD CONSTRAINT fk_tasks_analysis_id FOREIGN KEY (analysis_id) REFERENCES public.analyses(id);
