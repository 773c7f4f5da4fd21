-- A county that was at work before keeps what it had: basis documents, public versions, and the higher list as mapped.

INSERT INTO subsidies_basisdocument (version_id, title, number, issued_on)
SELECT v.id, left(d->>'title', 200), left(coalesce(d->>'number', ''), 60),
       CASE WHEN d->>'date' ~ '^\d{4}-\d{2}-\d{2}$' THEN (d->>'date')::date END
  FROM subsidies_policyversion v, jsonb_array_elements(v.basis_listed) AS d
 WHERE coalesce(d->>'title', '') <> ''
 ORDER BY v.id;

UPDATE subsidies_policyversion v SET published_at = p.published_at, payout_methods = '["account"]'
  FROM subsidies_policy p WHERE p.id = v.policy_id;

INSERT INTO subsidies_publisheditem (code, name, level, source_title, source_number, note)
SELECT p.published_code, p.name,
       CASE WHEN p.funding_levels ? 'central' THEN 'central'
            WHEN p.funding_levels ? 'provincial' THEN 'region' ELSE 'municipal' END,
       '上级公布的补贴政策清单', '', '由已执行的政策转入，须与上级公布的清单核对'
  FROM subsidies_policy p WHERE p.published_code <> '';
