import random, sqlite3, json, subprocess, sys
R=random.Random(int(sys.argv[1])); N=int(sys.argv[2])
T={'a':['k','x','y'],'b':['k','z','w'],'c':['k','u']}
def val(): return R.choice([None,0,1,2,3,4,5])
db=sqlite3.connect(':memory:'); tables={}
for t,cs in T.items():
    rows=[[val() for _ in cs] for _ in range(R.choice([0,6,9]) if t!='a' else 8)]
    tables[t]={"columns":[[c,'i64'] for c in cs],"rows":rows}
    db.execute(f"create table {t}({','.join(c+' integer' for c in cs)})")
    db.executemany(f"insert into {t} values({','.join('?'*len(cs))})",rows)
n=0
def col(scope):
    al,t=R.choice(scope); return f"{al}.{R.choice(T[t])}"
def atom(scopes):
    # prefer inner scope but may read outer
    s=scopes[-1] if R.random()<.65 or len(scopes)==1 else R.choice(scopes[:-1])
    return col(s) if R.random()<.9 else str(R.randint(0,5))
def cmp(scopes): return f"{atom(scopes)} {R.choice(['=','=','=','<','>','<>','<='])} {atom(scopes)}"
def cond(scopes,d):
    r=R.random()
    if d<=0 or r<.45: return cmp(scopes)
    if r<.52: return f"({cond(scopes,d-1)} OR {cmp(scopes)})"
    if r<.58: return f"{atom(scopes)} IS {R.choice(['','NOT '])}NULL"
    if r<.7: return f"{R.choice(['','NOT '])}EXISTS ({sub(scopes,d-1,1)})"
    if r<.86: return f"{atom(scopes)} {R.choice(['','NOT '])}IN ({sub(scopes,d-1,1)})"
    return f"{atom(scopes)} {R.choice(['=','<','>'])} ({scalar(scopes,d-1)})"
def frm(scopes):
    global n
    k=R.choice([1,1,1,2])
    sc=[]; parts=[]
    for i in range(k):
        n+=1; t=R.choice(list(T)); al=f"q{n}"; sc.append((al,t))
        if i==0: parts.append(f"{t} {al}")
        else:
            j=R.choice([', ',' JOIN ',' LEFT JOIN '])
            parts.append(f"{j}{t} {al}"+("" if j==', ' else f" ON {cmp(scopes+[sc])}" if R.random()<.3 else f" ON {col(sc[:-1])} = {col(sc[-1:])}"))
    return ''.join(parts),sc
def where(scopes,d):
    cs=[cond(scopes,d) for _ in range(R.choice([0,1,1,2]))]
    return " WHERE "+" AND ".join(cs) if cs else ""
def sub(scopes,d,w):
    r=R.random(); f,sc=frm(scopes); s2=scopes+[sc]
    if r<.7: return f"SELECT {R.choice(['','','DISTINCT '])}{', '.join(atom(s2) for _ in range(w))} FROM {f}{where(s2,d)}"
    if r<.8: return f"SELECT {R.choice(['max','min','count','sum'])}({col(sc)}) FROM {f}{where(s2,d)}"
    if r<.9:
        g=col(sc); return f"SELECT {g} FROM {f}{where(s2,d)} GROUP BY {g}"+(f" HAVING count(*) > {R.choice(['1',col(scopes[-1])])}" if R.random()<.5 else "")
    f2,sc2=frm(scopes)
    return f"SELECT {col(sc)} FROM {f}{where(s2,d)} {R.choice(['UNION','UNION ALL','EXCEPT','INTERSECT'])} SELECT {col(sc2)} FROM {f2}{where(scopes+[sc2],d)}"
def scalar(scopes,d):
    f,sc=frm(scopes); s2=scopes+[sc]; r=R.random()
    if r<.7: return f"SELECT {R.choice(['max','min','count','sum'])}({col(sc)}) FROM {f}{where(s2,d)}"
    if r<.8: return f"SELECT count(*) + 1 FROM {f}{where(s2,d)}"
    c=col(sc); return f"SELECT {c} FROM {f}{where(s2,d)} ORDER BY {c} NULLS LAST LIMIT 1"
def query():
    f,sc=frm([]); s=[sc]
    items=[col(sc)]
    if R.random()<.5: items.append(f"({scalar(s,2)})")
    if R.random()<.4: items.append(f"CASE WHEN {cond(s,2)} THEN 1 ELSE 0 END")
    return f"SELECT {', '.join(items)} FROM {f}{where(s,3)}"
json.dump(tables,open('/tmp/fz/tables.json','w'))
qs=[]
while len(qs)<N:
    q=query()
    if len(q)>900: continue
    try: rows=db.execute(q).fetchall()
    except Exception as e: continue
    qs.append((q,rows))
with open('/tmp/fz/queries.jsonl','w') as f:
    for i,(q,_) in enumerate(qs): f.write(json.dumps({"id":str(i),"feature":"f","sql":q})+"\n")
try: out=subprocess.run(['/tmp/fz/sqlrun','/tmp/fz/tables.json','/tmp/fz/queries.jsonl'],capture_output=True,text=True,timeout=200).stdout
except subprocess.TimeoutExpired as e: out=e.stdout.decode(); print('TIMEOUT')
ans=[json.loads(l) for l in out.splitlines()]
key=lambda r: tuple((v is None, v if v is not None else 0) for v in r)
good=bad=0; errs={}; shown=0
for i,(q,rows) in enumerate(qs[:len(ans)]):
    a=ans[i]
    if 'rows' not in a:
        e=str(a)[:230]; errs.setdefault(e[:120],[]).append((q,e)); continue
    norm=lambda rs: sorted([tuple(int(v) if isinstance(v,(bool,)) else v for v in r) for r in rs],key=key)
    if norm(a['rows'])==norm(rows): good+=1
    else:
        bad+=1
        if shown<4: shown+=1; print('WRONG',q,'\n  ours',norm(a['rows'])[:8],'\n  lite',norm(rows)[:8])
print(len(ans),'good',good,'bad',bad,'errors',sum(map(len,errs.values())))
for e,l in list(errs.items())[:6]: print(len(l),min(l,key=lambda t:len(t[0])))
