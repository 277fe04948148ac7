import json,sys,re,os,glob
for p in glob.glob('/tmp/w/sql/src/**/.*.pending-snap',recursive=True)+glob.glob('/tmp/w/sql/tests/**/.*.pending-snap',recursive=True):
    src=os.path.join(os.path.dirname(p),os.path.basename(p)[1:-len('.pending-snap')])
    lines=[json.loads(l) for l in open(p)]
    last={}
    for l in lines:
        if l.get('new'): last[l['line']]=l['new']['snapshot'] if isinstance(l['new'],dict) else l['new']
    s=open(src).read().split('\n')
    for line in sorted(last,reverse=True):
        text=last[line]
        text = text if isinstance(text,str) else text.get('contents',str(text))
        i=line-1
        j=i
        while '@r' not in s[j]: j+=1
        m=re.search(r'@r(#*)"',s[j]); close='"'+m.group(1)
        k=j+1
        while not s[k].strip().startswith(close): k+=1
        ind=re.match(r' *',s[k]).group(0)
        hashes='#' if '"' in text else ''
        body=[(ind+t) if t else '' for t in text.strip('\n').split('\n')]
        s[j]=s[j][:m.start()]+'@r'+hashes+'"'
        s[k]=ind+'"'+hashes+s[k].strip()[len(close):]
        s[j+1:k]=body
        print(src,line)
    open(src,'w').write('\n'.join(s)); os.remove(p)
